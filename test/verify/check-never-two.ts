import type { HistoryEntry } from '@flotilla/simulator/cluster/records'
import type { Checked, Facts } from './facts.ts'
import { madeByOthers } from './made-by-others.ts'
import { GONE, isOurName, OurPlaces } from './our-volumes.ts'
import type { Records } from './records.ts'

type Happening = HistoryEntry & { readonly cluster: string }

/**
 * Rule 2: each of our volumes and snapshots is on at most one cluster, once, at every instant that the clusters remember;
 * and what has a name of ours has a record, or, where no client made it, is told of by a finding.
 */
export function checkNeverTwo({ records, truth }: Facts): Checked {
  const happenings = truth
    .flatMap(({ name, history }) => history.map((entry) => ({ ...entry, cluster: name })))
    .sort((a, b) => a.sequence - b.sequence)
  const places = new OurPlaces(truth)
  return {
    count: records.volumes.length + records.snapshots.length + happenings.length,
    faults: [
      ...checkPresent(records, places),
      ...findUnknown(records, places, happenings),
      ...checkPast(happenings, madeByOthers(truth)),
    ],
  }
}

function checkPresent({ volumes, snapshots }: Records, places: OurPlaces): string[] {
  return [
    ...volumes.flatMap((volume) => {
      const { id, state, forgottenAt } = volume
      const there = places.ofVolume(volume).map(({ cluster }) => cluster)
      const isLeft = GONE.includes(state) && state !== 'RELEASED' && !forgottenAt
      return there.length > (isLeft ? 0 : 1) ? [`${id} is ${state} and on ${there.join(', ')}`] : []
    }),
    ...snapshots.flatMap((snapshot) => {
      const { id, state } = snapshot
      const there = places.ofSnapshot(snapshot).map(({ cluster }) => cluster)
      const isLeft = state === 'DELETED' || state === 'FAILED'
      return there.length > (isLeft ? 0 : 1) ? [`${id} is ${state} and on ${there.join(', ')}`] : []
    }),
  ]
}

/** What clients of the clusters made under such a name is ours, whatever a finding says. */
function findUnknown(
  { volumes, snapshots, findings, clusters }: Records,
  places: OurPlaces,
  happenings: readonly Happening[],
): string[] {
  const made = new Set(
    happenings.filter(({ by, kind }) => by === 'client' && kind === 'created').map((each) => each.volumeUuid),
  )
  const known = new Set([...volumes, ...snapshots].map(({ backendName }) => backendName))
  const ownIds = new Set(volumes.map(({ backendId }) => backendId))
  const told = new Set(
    findings
      .filter(({ kind, state }) => kind === 'FOREIGN' && state !== 'RESOLVED')
      .map((each) => each.subject),
  )
  const members = new Set(clusters.filter(({ detachedAt }) => !detachedAt).map(({ name }) => name))
  return places
    .withOurNames()
    .filter(({ cluster }) => members.has(cluster))
    .filter(({ name, uuid }) => !known.has(name) && !ownIds.has(uuid) && (made.has(uuid) || !told.has(uuid)))
    .map(({ name, cluster }) => `${name} is on ${cluster} without a record or a finding`)
}

/** Follows volumes by the clusters' own ids, through renamings. */
function checkPast(happenings: readonly Happening[], others: ReadonlySet<string>): string[] {
  const nameOf = new Map<string, string>()
  const countOf = new Map<string, number>()
  const faults: string[] = []
  const add = (name: string, change: number) => countOf.set(name, (countOf.get(name) ?? 0) + change)
  for (const { kind, volumeUuid, volumeName, cluster } of happenings) {
    if (others.has(volumeUuid)) continue
    const former = nameOf.get(volumeUuid)
    const isEnd = kind === 'gone' || kind === 'failed'
    if (former !== undefined && (isEnd || former !== volumeName)) add(former, -1)
    if (isEnd) {
      nameOf.delete(volumeUuid)
      continue
    }
    if (former === volumeName || (former === undefined && kind !== 'created' && kind !== 'renamed')) continue
    nameOf.set(volumeUuid, volumeName)
    add(volumeName, 1)
    const count = countOf.get(volumeName) ?? 0
    if (count > 1 && isOurName(volumeName)) {
      faults.push(`${volumeName} existed ${count} times when ${cluster} had it ${kind}`)
    }
  }
  return faults
}
