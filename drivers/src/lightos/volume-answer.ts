import type { HostAccess } from '@flotilla/core/hosts/host-access'
import type { BackendVolume, BackendVolumeState } from '@flotilla/core/volumes/backend-volume'
import { z } from 'zod'
import { byteCount, count, listOf, MAX_BYTES, optionalUuid, storableText, text, uuid } from './wire-values.ts'

const MAX_REPLICAS = 128
/** What a volume has while it is being created. */
const PROTECTION_UNKNOWN = ['', 'Unknown']

/**
 * A word that we do not know, and `Unknown` itself, count as UPDATING: the volume is neither usable nor gone,
 * and the next look may tell.
 */
const STATES: Readonly<Record<string, BackendVolumeState>> = {
  Creating: 'CREATING',
  Available: 'AVAILABLE',
  Migrating: 'AVAILABLE',
  Updating: 'UPDATING',
  Rollback: 'UPDATING',
  Deleting: 'DELETING',
  Deleted: 'DELETING',
  Failed: 'FAILED',
}

/** A cluster may leave out what it has no entries for; nobody passes an empty list. */
const wireList = z
  .object({ values: listOf(storableText) })
  .nullish()
  .transform((list): HostAccess['hostNqns'] => {
    const values = list?.values ?? []
    return values.includes('ALLOW_ANY') ? 'ANY' : values.filter((value) => value !== 'ALLOW_NONE').sort()
  })

/** As a cluster takes it; an empty list has to be written out. */
export function wireAccess({ hostNqns, addresses }: HostAccess): object {
  const values = (list: HostAccess['hostNqns']) =>
    list === 'ANY' ? ['ALLOW_ANY'] : list.length > 0 ? list : ['ALLOW_NONE']
  return { acl: { values: values(hostNqns) }, IPAcl: { values: values(addresses) } }
}

const wireVolume = z.object({
  UUID: uuid,
  name: storableText.min(1),
  projectName: storableText.min(1),
  size: byteCount,
  replicaCount: count,
  compression: text,
  qosPolicyName: text,
  labels: listOf(z.object({ key: storableText, value: storableText })),
  state: text,
  protectionState: text,
  acl: wireList,
  IPAcl: wireList,
  sourceSnapshotUUID: optionalUuid,
  ETag: text,
})

/** One volume. A live one without size or replicas would make every sum wrong, so it is refused. */
export const volumeAnswer = wireVolume.transform((wire, context): BackendVolume => {
  const state = STATES[wire.state] ?? 'UPDATING'
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message: `${message} in state ${wire.state}` })
  if (state !== 'FAILED' && wire.size === 0n) refuse('size', 'zero')
  if (state !== 'FAILED' && wire.replicaCount === 0) refuse('replicaCount', 'zero')
  if (wire.size * BigInt(wire.replicaCount) > MAX_BYTES)
    refuse('size', 'larger than 62 bits with all replicas')
  if (wire.replicaCount > MAX_REPLICAS) refuse('replicaCount', `above ${MAX_REPLICAS}`)
  return {
    backendId: wire.UUID,
    name: wire.name,
    project: wire.projectName,
    sizeBytes: wire.size,
    replicas: wire.replicaCount,
    compression: wire.compression.toLowerCase() === 'true',
    qosPolicy: wire.qosPolicyName || null,
    labels: Object.fromEntries(wire.labels.map(({ key, value }) => [key, value])),
    state,
    protection: PROTECTION_UNKNOWN.includes(wire.protectionState) ? null : wire.protectionState,
    access: { hostNqns: wire.acl, addresses: wire.IPAcl },
    sourceSnapshotId: wire.sourceSnapshotUUID,
    etag: wire.ETag || null,
  }
})

/** The volume of this name and project; an answer about another one is refused. */
export function volumeNamed(project: string, name: string) {
  return volumeAnswer.refine((volume) => volume.project === project && volume.name === name, {
    error: `it is about another volume than ${project}/${name}`,
  })
}

/** The volume of this id and project, whatever its name; an answer about another one is refused. */
export function volumeWithId(project: string, backendId: string) {
  return volumeAnswer.refine((volume) => volume.project === project && volume.backendId === backendId, {
    error: `it is about another volume than ${project}/${backendId}`,
  })
}

export const volumePageAnswer = z
  .object({ volumes: listOf(volumeAnswer) })
  .transform(({ volumes }) => volumes)
