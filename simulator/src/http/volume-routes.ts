import { z } from 'zod'
import { listVolumes } from '../cluster/listing.ts'
import { findVolume, type ObjectReference } from '../cluster/lookup.ts'
import { rollbackVolume } from '../cluster/rollback.ts'
import { createVolume, deleteVolume, updateVolume } from '../cluster/volumes.ts'
import { flag, labels, looseText, parseFields, stringList, text, uint } from './input-fields.ts'
import type { Route } from './route.ts'
import { volumeJson } from './volume-json.ts'

const COLLECTION = ['/api/v2/projects/:projectName/volumes', '/api/v2/volumes']
/** With an empty UUID (a trailing slash) these are the lookup by name. */
const ONE = COLLECTION.map((path) => `${path}/:UUID`)

const referenceSchema = z
  .object({ UUID: text, name: text, projectName: text })
  .transform(({ UUID, name, projectName }): ObjectReference => ({ uuid: UUID, name, projectName }))

const createSchema = z
  .object({
    name: text,
    size: looseText,
    acl: stringList,
    compression: looseText,
    replicaCount: uint,
    IPAcl: stringList,
    sectorSize: uint.refine((bytes) => [0, 512, 4096].includes(bytes), 'sectorSize must be 512 or 4096'),
    projectName: text,
    sourceSnapshotUUID: text,
    sourceSnapshotName: text,
    placementRestrictions: z.array(z.object({ operator: text, labelValueKeyPairs: labels })).default([]),
    qosPolicyUUID: text,
    qosPolicyName: text,
    labels,
  })
  .transform(({ IPAcl, sourceSnapshotUUID, qosPolicyUUID, ...rest }) => ({
    ...rest,
    ipAcl: IPAcl,
    sourceSnapshotUuid: sourceSnapshotUUID,
    qosPolicyUuid: qosPolicyUUID,
  }))

/**
 * In protobuf an empty field is an absent one, so neither changes anything; but of the QoS policy's two fields one is chosen by being
 * there, and an empty one means none (6.2).
 */
const updateSchema = z
  .object({
    size: looseText,
    Force: flag,
    newName: text,
    compression: looseText,
    acl: stringList,
    IPAcl: stringList,
    qosPolicyUUID: z.string().optional(),
    qosPolicyName: z.string().optional(),
    labels,
  })
  .transform((fields) => ({
    size: fields.size || undefined,
    force: fields.Force,
    newName: fields.newName || undefined,
    compression: fields.compression || undefined,
    acl: unlessEmpty(fields.acl),
    ipAcl: unlessEmpty(fields.IPAcl),
    qosPolicyUuid: fields.qosPolicyUUID,
    qosPolicyName: fields.qosPolicyName,
    labels: unlessEmpty(fields.labels),
  }))

const listSchema = z.object({
  UUID: text,
  name: text,
  failureDomain: text,
  offsetUUID: text,
  limit: uint,
  projectName: text,
  snapshotUUID: text,
  showAll: flag,
})

const rollbackSchema = z.object({
  UUID: text,
  Name: text,
  projectName: text,
  srcSnapshotUUID: text,
  srcSnapshotName: text,
})

/** Volumes: CRUD and rollback, within a project or (for administrators) over all of them. */
export const volumeRoutes: readonly Route[] = [
  {
    operation: 'CreateVolume',
    method: 'POST',
    paths: COLLECTION,
    access: 'project',
    handle: ({ cluster, fields }) =>
      volumeJson(cluster, createVolume(cluster, parseFields(createSchema, fields))),
  },
  {
    operation: 'ListVolumes',
    method: 'GET',
    paths: COLLECTION,
    access: 'project',
    handle({ cluster, fields }) {
      const { UUID, snapshotUUID, offsetUUID, limit, showAll, ...filter } = parseFields(listSchema, fields)
      const page = { offsetUuid: offsetUUID, limit, showAll }
      const volumes = listVolumes(cluster, { ...filter, uuid: UUID, snapshotUuid: snapshotUUID }, page)
      return { volumes: volumes.map((volume) => volumeJson(cluster, volume)) }
    },
  },
  {
    operation: 'GetVolume',
    method: 'GET',
    paths: ONE,
    access: 'project',
    handle: ({ cluster, fields }) =>
      volumeJson(cluster, findVolume(cluster, parseFields(referenceSchema, fields))),
  },
  {
    operation: 'UpdateVolume',
    method: 'PUT',
    paths: ONE,
    access: 'project',
    handle({ cluster, fields, ifMatch }) {
      const reference = parseFields(referenceSchema, fields)
      updateVolume(cluster, reference, parseFields(updateSchema, fields), ifMatch)
      return {}
    },
  },
  {
    operation: 'DeleteVolume',
    method: 'DELETE',
    paths: ONE,
    access: 'project',
    handle({ cluster, fields, ifMatch }) {
      deleteVolume(cluster, parseFields(referenceSchema, fields), ifMatch)
      return {}
    },
  },
  {
    operation: 'RollbackVolume',
    method: 'PUT',
    paths: ['/api/v2/projects/:projectName/volumes/:UUID/rollback'],
    access: 'project',
    handle({ cluster, fields }) {
      const { UUID, Name, projectName, srcSnapshotUUID, srcSnapshotName } = parseFields(
        rollbackSchema,
        fields,
      )
      const source = { snapshotUuid: srcSnapshotUUID, snapshotName: srcSnapshotName }
      rollbackVolume(cluster, { uuid: UUID, name: Name, projectName }, source)
      return {}
    },
  },
]

function unlessEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined
}
