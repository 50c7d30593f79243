import type { VolumeConditions, VolumeOrderField } from '@flotilla/core/ports/fleet-reader'
import type { VolumeState } from '@flotilla/core/volumes/volume'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { host } from '../hosts/host.ts'
import { readId } from '../identity/parse-node-id.ts'
import { pageArgs } from '../paging/page-args.ts'
import { pageComplexity, readPage, toConnection } from '../paging/read-page.ts'
import { type Combination, readWhere, withoutNulls } from '../paging/read-where.ts'
import { sortDirection } from '../paging/sort-direction.ts'
import { type StringFilter, stringFilter } from '../paging/string-filter.ts'
import { snapshot } from '../snapshots/snapshot.ts'
import { type BytesFilter, bytesFilter } from '../units/bytes.ts'
import { volume, volumeState } from './volume.ts'

export interface VolumeFilter extends Combination<VolumeFilter> {
  readonly name?: StringFilter | null
  readonly project?: StringFilter | null
  readonly clusterId?: readonly string[] | null
  readonly hostId?: readonly string[] | null
  readonly state?: readonly VolumeState[] | null
  readonly sizeBytes?: BytesFilter | null
}

export const volumeFilter = builder.inputRef<VolumeFilter>('VolumeFilter')
volumeFilter.implement({
  description:
    'Which volumes a list has. Conditions side by side must all hold. Deleted and released volumes are left out unless `state` names these states.',
  fields: (t) => ({
    and: t.field({ type: [volumeFilter], description: 'All of these hold.' }),
    or: t.field({ type: [volumeFilter], description: 'At least one of these holds.' }),
    not: t.field({ type: volumeFilter, description: 'This does not hold.' }),
    name: t.field({ type: stringFilter, description: 'Condition on the name.' }),
    project: t.field({ type: stringFilter, description: 'Condition on the project.' }),
    clusterId: t.idList({ description: 'The volume is on one of these clusters.' }),
    hostId: t.idList({ description: 'One of these hosts has it, is to have it, or is being detached.' }),
    state: t.field({ type: [volumeState], description: 'The state is one of these.' }),
    sizeBytes: t.field({ type: bytesFilter, description: 'Condition on the wanted logical size, in bytes.' }),
  }),
})

const volumeOrderField = builder.enumType('VolumeOrderField', {
  description: 'What volumes are ordered by. Equal ones are ordered by id.',
  values: {
    NAME: { description: 'The name.' },
    CREATED_AT: { description: 'When it was asked for.' },
    SIZE_BYTES: { description: 'The wanted logical size.' },
  } satisfies Record<VolumeOrderField, object>,
})

const volumeOrder = builder.inputType('VolumeOrder', {
  description: 'Order of a list of volumes.',
  fields: (t) => ({
    field: t.field({ type: volumeOrderField, required: true, description: 'What to order by.' }),
    direction: t.field({
      type: sortDirection,
      required: true,
      defaultValue: 'ASC',
      description: 'Which end comes first.',
    }),
  }),
})

const volumeConnection = builder.connectionObject(
  { type: volume, name: 'VolumeConnection', description: 'A page of volumes.' },
  { name: 'VolumeEdge', description: 'A volume and its position in the list.' },
)

const BY_NAME = { field: 'NAME', direction: 'ASC' } as const

const volumeListArgs = builder.args((t) => ({
  ...pageArgs,
  where: t.field({ type: volumeFilter, description: 'Which volumes; all when absent.' }),
  orderBy: t.field({ type: volumeOrder, description: 'Order of the list; by name when absent.' }),
}))

builder.queryField('volumes', (t) =>
  t.field({
    type: volumeConnection,
    description: 'Volumes of ours, deleted and released ones only where `where.state` names these states.',
    complexity: pageComplexity,
    args: volumeListArgs,
    resolve: async (_root, args, { reader }) => {
      const page = readPage<VolumeOrderField>(args, BY_NAME)
      const where = readWhere<VolumeFilter, VolumeConditions>(args.where, readVolumeConditions)
      return toConnection(await reader.listVolumes(where, page), page)
    },
  }),
)

builder.objectField(cluster, 'volumes', (t) =>
  t.field({
    type: volumeConnection,
    description:
      'Volumes of ours on this cluster, deleted and released ones only where `where.state` names these states.',
    complexity: pageComplexity,
    args: volumeListArgs,
    resolve: async ({ id }, args, { reader }) => {
      const page = readPage<VolumeOrderField>(args, BY_NAME)
      const where = readWhere<VolumeFilter, VolumeConditions>(args.where, readVolumeConditions)
      return toConnection(await reader.listVolumes({ and: [{ clusterId: [id] }, where] }, page), page)
    },
  }),
)

builder.objectFields(snapshot, (t) => ({
  clones: t.field({
    type: volumeConnection,
    description: 'Volumes that were made from it and are not deleted. It lingers as long as there are any.',
    complexity: pageComplexity,
    args: pageArgs,
    resolve: async ({ id }, args, { reader }) => {
      const page = readPage<VolumeOrderField>(args, BY_NAME)
      return toConnection(await reader.listVolumes({ sourceSnapshotId: [id] }, page), page)
    },
  }),
}))

builder.objectField(host, 'volumes', (t) =>
  t.field({
    type: volumeConnection,
    description: 'Volumes that it has, is to have, or that are being taken from it.',
    complexity: pageComplexity,
    args: volumeListArgs,
    resolve: async ({ id }, args, { reader }) => {
      const page = readPage<VolumeOrderField>(args, BY_NAME)
      const where = readWhere<VolumeFilter, VolumeConditions>(args.where, readVolumeConditions)
      return toConnection(await reader.listVolumes({ and: [{ hostId: [id] }, where] }, page), page)
    },
  }),
)

builder.objectField(volume, 'sourceSnapshot', (t) =>
  t.field({
    type: snapshot,
    nullable: true,
    description: 'The snapshot that it began as a clone of; null for one that began empty.',
    resolve: ({ sourceSnapshotId }, _args, { loaders }) =>
      sourceSnapshotId && loaders.snapshot.load(sourceSnapshotId),
  }),
)

export function readVolumeConditions(filter: VolumeFilter, path: string): Partial<VolumeConditions> {
  const { name, project, clusterId, hostId, state, sizeBytes } = filter
  return {
    ...(name && { name: withoutNulls(name) }),
    ...(project && { project: withoutNulls(project) }),
    ...(clusterId && {
      clusterId: clusterId.map((id, index) => readId('Cluster', id, `${path}.clusterId.${index}`)),
    }),
    ...(hostId && { hostId: hostId.map((id, index) => readId('Host', id, `${path}.hostId.${index}`)) }),
    ...(state && { state }),
    ...(sizeBytes && { sizeBytes: withoutNulls(sizeBytes) }),
  }
}
