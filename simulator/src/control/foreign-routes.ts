import { z } from 'zod'
import { byteCount, type ControlRoute } from './control-route.ts'

/** As the API writes it: entries, or one of `ALLOW_ANY` and `ALLOW_NONE` alone. */
const accessList = z.array(z.string().min(1)).min(1)
const share = z.number().min(0).max(1)
const createSchema = z
  .object({
    name: z.string(),
    size: byteCount,
    projectName: z.string().default('default'),
    replicaCount: z.number().int().min(1).max(3).default(2),
    writtenShare: share.default(0),
    compression: z.boolean().default(false),
  })
  .transform(({ size, ...rest }) => ({ ...rest, sizeBytes: size }))
const changeSchema = z
  .object({
    size: byteCount,
    name: z.string(),
    writtenShare: share,
    labels: z.array(z.object({ key: z.string(), value: z.string() })),
    compression: z.boolean(),
    /** By name; empty for none. */
    qosPolicy: z.string(),
    acl: accessList,
    ipAcl: accessList,
    state: z.enum(['Creating', 'Available', 'Deleting', 'Failed', 'Updating', 'Rollback', 'Migrating']),
  })
  .partial()
  .strict()

const snapshotSchema = z.object({ name: z.string() }).strict()

const qosSchema = z.object({
  name: z.string(),
  readIops: z.number().int().nonnegative().default(0),
  writeIops: z.number().int().nonnegative().default(0),
})

/** Changing volumes behind everybody's back: at once, past the clusters' API. */
export const foreignRoutes: readonly ControlRoute[] = [
  {
    method: 'POST',
    path: '/clusters/:name/volumes',
    summary: 'create: {"name": "x", "size": "100GiB", "replicaCount": 2, "writtenShare": 0.3}',
    handle({ clusters, body }) {
      const foreign = createSchema.parse(body)
      return { volumes: clusters.map((cluster) => cluster.createForeignVolume(foreign)) }
    },
  },
  {
    method: 'PATCH',
    path: '/clusters/:name/volumes/:uuid',
    summary:
      'change: {"size": "200GiB", "name": "y", "writtenShare": 0.9, "acl": ["ALLOW_ANY"], "ipAcl": ["10.0.0.1"], "labels": [{"key": "a", "value": "b"}], "compression": true, "qosPolicy": "gold", "state": "Failed"}, each optional',
    handle({ clusters, uuid, body }) {
      const change = changeSchema.parse(body)
      const { size, name, writtenShare, labels, compression, qosPolicy, acl, ipAcl, state } = change
      for (const cluster of clusters) {
        if (size !== undefined) cluster.resizeVolume(uuid, size)
        if (name !== undefined) cluster.renameVolume(uuid, name)
        if (writtenShare !== undefined) cluster.fill(uuid, writtenShare)
        if (labels !== undefined) cluster.relabelVolume(uuid, labels)
        if (compression !== undefined) cluster.setVolumeCompression(uuid, compression)
        if (qosPolicy !== undefined) cluster.setVolumeQosPolicy(uuid, qosPolicy)
        if (acl !== undefined) cluster.setVolumeAcl(uuid, acl)
        if (ipAcl !== undefined) cluster.setVolumeIpAcl(uuid, ipAcl)
        if (state !== undefined) cluster.setVolumeState(uuid, state)
      }
    },
  },
  {
    method: 'POST',
    path: '/clusters/:name/volumes/:uuid/snapshots',
    summary: 'take a snapshot: {"name": "nightly"}',
    handle({ clusters, uuid, body }) {
      const { name } = snapshotSchema.parse(body)
      return { snapshots: clusters.map((cluster) => cluster.createForeignSnapshot(uuid, name)) }
    },
  },
  {
    method: 'POST',
    path: '/clusters/:name/qos-policies',
    summary: 'a QoS policy that every project may use: {"name": "gold", "readIops": 512}; 0 is unlimited',
    handle({ clusters, body }) {
      const { name, readIops, writeIops } = qosSchema.parse(body)
      return { qosPolicies: clusters.map((cluster) => cluster.createQosPolicy(name, readIops, writeIops)) }
    },
  },
  {
    method: 'DELETE',
    path: '/clusters/:name/volumes/:uuid',
    summary: 'delete, in whatever state it is',
    handle({ clusters, uuid }) {
      for (const cluster of clusters) cluster.deleteVolume(uuid)
    },
  },
]
