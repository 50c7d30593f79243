import { z } from 'zod'
import { byteCount, type ControlRoute } from './control-route.ts'

const delayMs = z.number().int().nonnegative()
const delaysSchema = z.object({ createMs: delayMs, updateMs: delayMs, deleteMs: delayMs }).partial().strict()
const capacitySchema = z.object({ effectivePhysicalBytes: byteCount })
const freeSpaceSchema = z.object({ freeBytes: byteCount })
const countSchema = z.object({ count: z.number().int().nonnegative() })
const nodeSchema = z.object({ state: z.enum(['Active', 'Activating', 'Inactive']) })

/** Changing the condition of clusters: size, fullness, nodes, slowness. */
export const conditionRoutes: readonly ControlRoute[] = [
  {
    method: 'PUT',
    path: '/clusters/:name/delays',
    summary: 'how long asynchronous states last: {"createMs": 500, "updateMs": 200, "deleteMs": 1000}',
    handle({ clusters, body }) {
      const delays = delaysSchema.parse(body)
      for (const cluster of clusters) cluster.setDelays(delays)
    },
  },
  {
    method: 'PUT',
    path: '/clusters/:name/capacity',
    summary: 'grow or shrink it: {"effectivePhysicalBytes": "200TiB"}',
    handle({ clusters, body }) {
      const { effectivePhysicalBytes } = capacitySchema.parse(body)
      for (const cluster of clusters) cluster.setCapacity(effectivePhysicalBytes)
    },
  },
  {
    method: 'PUT',
    path: '/clusters/:name/free-space',
    summary: 'leave so much physical space: {"freeBytes": 0} makes it full and read-only',
    handle({ clusters, body }) {
      const { freeBytes } = freeSpaceSchema.parse(body)
      for (const cluster of clusters) cluster.leavePhysicalSpace(freeBytes)
    },
  },
  {
    method: 'PUT',
    path: '/clusters/:name/failing-creates',
    summary: 'let the next creations end as Failed: {"count": 2}',
    handle({ clusters, body }) {
      const { count } = countSchema.parse(body)
      for (const cluster of clusters) cluster.failNextCreates(count)
    },
  },
  {
    method: 'PUT',
    path: '/clusters/:name/nodes/:uuid',
    summary: 'take a node down or bring it back: {"state": "Active" | "Activating" | "Inactive"}',
    handle({ clusters, uuid, body }) {
      const { state } = nodeSchema.parse(body)
      for (const cluster of clusters) cluster.setNodeState(uuid, state)
    },
  },
]
