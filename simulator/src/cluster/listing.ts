import type { ClusterState } from './cluster-state.ts'
import type { SnapshotRecord, VolumeRecord } from './records.ts'
import { Refusal } from './refusal.ts'

const MAX_PAGE = 1000

/** One page's bounds: `limit` records by ascending uuid, beginning after `offsetUuid`. Zero means the maximum. */
export interface PageRequest {
  readonly offsetUuid: string
  readonly limit: number
  /** Also what is being deleted, which is hidden otherwise. */
  readonly showAll: boolean
}

/** What to list; empty strings do not filter. */
export interface VolumeFilter {
  readonly uuid: string
  readonly name: string
  readonly projectName: string
  readonly failureDomain: string
  readonly snapshotUuid: string
}

export interface SnapshotFilter {
  readonly uuid: string
  readonly name: string
  readonly projectName: string
}

/** A page of volumes. There is no total and no next token: a page shorter than its limit is the last. */
export function listVolumes(cluster: ClusterState, filter: VolumeFilter, page: PageRequest): VolumeRecord[] {
  const nodesInDomain = nodesOfFailureDomain(cluster, filter.failureDomain)
  return pageOf(cluster.volumes.after(page.offsetUuid), page, (volume) => {
    if (!passes(volume, filter)) return false
    if (filter.snapshotUuid && volume.sourceSnapshotUuid !== filter.snapshotUuid) return false
    return !filter.failureDomain || volume.nodeUuids.some((uuid) => nodesInDomain.has(uuid))
  })
}

export function listSnapshots(
  cluster: ClusterState,
  filter: SnapshotFilter,
  page: PageRequest,
): SnapshotRecord[] {
  return pageOf(cluster.snapshots.after(page.offsetUuid), page, (snapshot) => passes(snapshot, filter))
}

function passes(record: VolumeRecord | SnapshotRecord, filter: SnapshotFilter): boolean {
  if (filter.uuid && record.uuid !== filter.uuid) return false
  if (filter.name && record.name !== filter.name) return false
  return !filter.projectName || record.projectName === filter.projectName
}

function pageOf<T extends { readonly state: string }>(
  records: Iterable<T>,
  page: PageRequest,
  accept: (record: T) => boolean,
): T[] {
  if (page.limit < 0 || page.limit > MAX_PAGE) {
    throw new Refusal('InvalidArgument', `limit must be 1 to ${MAX_PAGE}, not ${page.limit}`)
  }
  const limit = page.limit || MAX_PAGE
  const found: T[] = []
  for (const record of records) {
    if (record.state === 'Deleting' && !page.showAll) continue
    if (accept(record)) found.push(record)
    if (found.length === limit) break
  }
  return found
}

function nodesOfFailureDomain(cluster: ClusterState, failureDomain: string): Set<string> {
  const nodes = [...cluster.nodes.values()].filter((node) => node.failureDomains.includes(failureDomain))
  return new Set(nodes.map((node) => node.uuid))
}
