import { z } from 'zod'
import type { ClusterState } from '../cluster/cluster-state.ts'
import { listSnapshots } from '../cluster/listing.ts'
import { findSnapshot } from '../cluster/lookup.ts'
import type { SnapshotRecord } from '../cluster/records.ts'
import { createSnapshot, deleteSnapshot } from '../cluster/snapshots.ts'
import { flag, parseFields, text, uint } from './input-fields.ts'
import type { WireValue } from './render-json.ts'
import type { Route } from './route.ts'

/** Snapshots exist under a project only; the real API has no unscoped path for them. */
const COLLECTION = '/api/v2/projects/:projectName/snapshots'
const ONE = `${COLLECTION}/:UUID`

const createSchema = z
  .object({
    name: text,
    projectName: text,
    description: text,
    retentionTime: text,
    sourceVolumeUUID: text,
    sourceVolumeName: text,
  })
  .transform(({ sourceVolumeUUID, ...rest }) => ({ ...rest, sourceVolumeUuid: sourceVolumeUUID }))

const getSchema = z.object({ UUID: text, Name: text, projectName: text })
const deleteSchema = z.object({ UUID: text, name: text, projectName: text })
const listSchema = getSchema.extend({ offsetUUID: text, limit: uint, showAll: flag })

/** Snapshots: create, read, delete. Mind that `Name` is written with a capital when reading. */
export const snapshotRoutes: readonly Route[] = [
  {
    operation: 'CreateSnapshot',
    method: 'POST',
    paths: [COLLECTION],
    access: 'project',
    handle: ({ cluster, fields }) => snapshotJson(createSnapshot(cluster, parseFields(createSchema, fields))),
  },
  {
    operation: 'ListSnapshots',
    method: 'GET',
    paths: [COLLECTION],
    access: 'project',
    handle({ cluster, fields }) {
      const { UUID, Name, projectName, offsetUUID, limit, showAll } = parseFields(listSchema, fields)
      const page = { offsetUuid: offsetUUID, limit, showAll }
      const snapshots = listSnapshots(cluster, { uuid: UUID, name: Name, projectName }, page)
      return { snapshots: snapshots.map(snapshotJson) }
    },
  },
  {
    operation: 'GetSnapshot',
    method: 'GET',
    paths: [ONE],
    access: 'project',
    handle: ({ cluster, fields }) => snapshotJson(getSnapshot(cluster, fields)),
  },
  {
    operation: 'DeleteSnapshot',
    method: 'DELETE',
    paths: [ONE],
    access: 'project',
    handle({ cluster, fields, ifMatch }) {
      const { UUID, name, projectName } = parseFields(deleteSchema, fields)
      deleteSnapshot(cluster, { uuid: UUID, name, projectName }, ifMatch)
      return {}
    },
  },
]

function getSnapshot(cluster: ClusterState, fields: Readonly<Record<string, unknown>>): SnapshotRecord {
  const { UUID, Name, projectName } = parseFields(getSchema, fields)
  return findSnapshot(cluster, { uuid: UUID, name: Name, projectName })
}

function snapshotJson(snapshot: SnapshotRecord): WireValue {
  return {
    state: snapshot.state,
    UUID: snapshot.uuid,
    name: snapshot.name,
    description: snapshot.description,
    creationTime: new Date(snapshot.createdAtMs).toISOString(),
    retentionTime: snapshot.retentionTime,
    sourceVolumeUUID: snapshot.sourceVolumeUuid,
    sourceVolumeName: snapshot.sourceVolumeName,
    replicaCount: snapshot.replicaCount,
    nodeList: snapshot.nodeUuids,
    nsid: snapshot.nsid,
    acl: { values: snapshot.acl },
    compression: snapshot.compression,
    size: snapshot.sizeBytes,
    IPAcl: { values: snapshot.ipAcl },
    sectorSize: snapshot.sectorSizeBytes,
    statistics: { userWritten: snapshot.writtenBytes },
    ETag: String(snapshot.etag),
    projectName: snapshot.projectName,
    primaryNodeUUID: snapshot.nodeUuids[0],
    labels: snapshot.labels.map(({ key, value }) => ({ key, value })),
  }
}
