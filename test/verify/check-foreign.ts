import type { HistoryEntry } from '@flotilla/simulator/cluster/records'
import { CLOCKS_MS } from './clocks-ms.ts'
import type { Checked, Facts } from './facts.ts'
import { madeByOthers } from './made-by-others.ts'
import { isOurName } from './our-volumes.ts'
import type { Records, VolumeRow } from './records.ts'

type Owner = Pick<VolumeRow, 'backendId' | 'adoptedAt' | 'forgottenAt'>

/**
 * Rule 13: clients of the clusters changed nothing that was not ours at that moment. Of a fleet that nobody but Flotilla
 * asks through the clusters' API.
 */
export function checkForeign({ records, truth }: Facts): Checked {
  const byName = new Map(records.volumes.map((volume) => [volume.backendName, volume]))
  const byBackendId = Map.groupBy(
    [...records.volumes, ...recreated(records)].filter(({ backendId }) => backendId !== null),
    ({ backendId }) => backendId,
  )
  const happenings = truth.flatMap(({ name, history }) =>
    history.filter(({ by }) => by === 'client').map((entry) => ({ ...entry, cluster: name })),
  )
  const others = madeByOthers(truth)
  const faults = happenings
    .filter((entry) => {
      const isNamed = isOurName(entry.volumeName) && !others.has(entry.volumeUuid)
      const named = isNamed ? byName.get(entry.volumeName) : undefined
      const owners = [...(named ? [named] : []), ...(byBackendId.get(entry.volumeUuid) ?? [])]
      return !owners.some((volume) => wasOurs(volume, entry))
    })
    .map(({ cluster, volumeName, volumeUuid, kind, atMs }) => {
      const at = new Date(atMs).toISOString()
      return `${volumeName} (${volumeUuid}) on ${cluster} was ${kind} by a client at ${at}, and was not ours`
    })
  return { count: happenings.length, faults: [...faults, ...findRemade({ records, truth })] }
}

/** What volumes were on their clusters before they were made again; they were ours until then. */
function recreated({ operations }: Pick<Records, 'operations'>): Owner[] {
  return operations.map(({ formerBackendId, formerAdoptedAt, createdAt }) => ({
    backendId: formerBackendId,
    adoptedAt: formerAdoptedAt,
    forgottenAt: createdAt,
  }))
}

/** What somebody else has deleted is reported, and made again only where that was asked for. */
function findRemade({ records, truth }: Pick<Facts, 'records' | 'truth'>): string[] {
  const asked = new Set(
    records.operations.filter(({ kind }) => kind === 'RECREATE_VOLUME').map(({ volumeId }) => volumeId),
  )
  const may = new Set(records.volumes.filter(({ id }) => asked.has(id)).map(({ backendName }) => backendName))
  const lost = new Set<string>()
  return truth
    .flatMap(({ name, history }) => history.map((entry) => ({ ...entry, cluster: name })))
    .sort((a, b) => a.sequence - b.sequence)
    .flatMap(({ kind, by, volumeName, cluster }) => {
      if (kind === 'gone' && by === 'outside' && isOurName(volumeName)) lost.add(volumeName)
      const isRemade = kind === 'created' && by === 'client' && lost.has(volumeName) && !may.has(volumeName)
      return isRemade ? [`${volumeName} was made again on ${cluster}, though somebody had deleted it`] : []
    })
}

/** What was asked of a cluster while it was ours may be carried out a little later. */
function wasOurs({ adoptedAt, forgottenAt }: Owner, { atMs, kind }: HistoryEntry): boolean {
  if (adoptedAt && atMs < adoptedAt.getTime() - CLOCKS_MS) return false
  return !(forgottenAt && kind !== 'gone' && atMs > forgottenAt.getTime() + CLOCKS_MS)
}
