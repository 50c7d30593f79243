import type { HistoryEntry } from '@flotilla/simulator/cluster/records'
import type { Checked, Facts } from './facts.ts'
import { isOurName } from './our-volumes.ts'
import type { VolumeRow } from './records.ts'

/** The clocks of the clusters and of the database may differ by so much. */
const CLOCKS_MS = 1_000

/**
 * Rule 13: clients of the clusters changed nothing that was not ours at that moment. Of a fleet that nobody but Flotilla
 * asks through the clusters' API.
 */
export function checkForeign({ records, truth }: Facts): Checked {
  const byName = new Map(records.volumes.map((volume) => [volume.backendName, volume]))
  const byBackendId = Map.groupBy(
    records.volumes.filter(({ backendId }) => backendId !== null),
    ({ backendId }) => backendId,
  )
  const happenings = truth.flatMap(({ name, history }) =>
    history.filter(({ by }) => by === 'client').map((entry) => ({ ...entry, cluster: name })),
  )
  const faults = happenings
    .filter((entry) => {
      const named = isOurName(entry.volumeName) ? byName.get(entry.volumeName) : undefined
      const owners = [...(named ? [named] : []), ...(byBackendId.get(entry.volumeUuid) ?? [])]
      return !owners.some((volume) => wasOurs(volume, entry))
    })
    .map(({ cluster, volumeName, volumeUuid, kind, atMs }) => {
      const at = new Date(atMs).toISOString()
      return `${volumeName} (${volumeUuid}) on ${cluster} was ${kind} by a client at ${at}, and was not ours`
    })
  return { count: happenings.length, faults }
}

/** What was asked of a cluster while it was ours may be carried out a little later. */
function wasOurs({ adoptedAt, forgottenAt }: VolumeRow, { atMs, kind }: HistoryEntry): boolean {
  if (adoptedAt && atMs < adoptedAt.getTime() - CLOCKS_MS) return false
  return !(forgottenAt && kind !== 'gone' && atMs > forgottenAt.getTime() + CLOCKS_MS)
}
