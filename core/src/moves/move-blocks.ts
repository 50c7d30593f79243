import type { HeldVolume } from './held-volume.ts'

export const MOVE_BLOCK_REASONS = [
  'NOT_AT_REST',
  'MISSING',
  'ATTACHED',
  'NOT_LOOKED_AT',
  'HAS_SNAPSHOTS',
  'CLONE_FAMILY',
] as const
export type MoveBlockReason = (typeof MOVE_BLOCK_REASONS)[number]

/** Why a volume cannot be copied to another cluster as it is now. */
export interface MoveBlock {
  readonly reason: MoveBlockReason
  readonly explanation: string
  /** What would make it movable, in words. */
  readonly remedy: string
}

/** Everything that stands in the way, not only the first; none for a volume that can be moved now. */
export function moveBlocks(volume: HeldVolume): readonly MoveBlock[] {
  const { state, hosts, foreignNqns, schedules, snapshotCount, cloneCount, isClone } = volume
  const foreignCount = volume.foreignSnapshotCount ?? 0
  const foreignClones = volume.foreignCloneCount ?? 0
  const blocks: MoveBlock[] = []
  if (state === 'MISSING') {
    blocks.push({
      reason: 'MISSING',
      explanation: 'its cluster no longer has it: there is nothing to copy',
      remedy: 'bring it back on its cluster, or give up what it held: the steps make it anew, empty',
    })
  } else if (state !== 'AVAILABLE') {
    blocks.push({ reason: 'NOT_AT_REST', explanation: `is ${state}`, remedy: 'wait until it is AVAILABLE' })
  }
  if (hosts.length > 0) {
    blocks.push({
      reason: 'ATTACHED',
      explanation: `is attached to ${hosts.length} hosts, which may write while it is copied`,
      remedy: 'stop what uses it; the steps then detach it, and attach the new one to the same hosts',
    })
  }
  const admitted = foreignNqns === 'ANY' ? 'every host' : foreignNqns.join(', ')
  if (admitted) {
    blocks.push({
      reason: 'ATTACHED',
      explanation: `its cluster admits ${admitted} without an attachment here, who may write while it is copied`,
      remedy: 'stop what uses it, and take the access away: attach the hosts here, and detach them',
    })
  }
  const isLookedAt = volume.foreignSnapshotCount !== null && volume.foreignCloneCount !== null
  if (state !== 'MISSING' && !isLookedAt) {
    blocks.push({
      reason: 'NOT_LOOKED_AT',
      explanation: 'no inventory has told yet whether it has snapshots or clones that were not made here',
      remedy: 'wait for the next inventory of its cluster, or ask for one: refreshCluster',
    })
  }
  if (snapshotCount + foreignCount > 0) {
    const isGrowing = schedules.some(({ isPaused }) => !isPaused)
    blocks.push({
      reason: 'HAS_SNAPSHOTS',
      explanation: `has ${snapshotCount} snapshots${foreignCount > 0 ? `, and ${foreignCount} on its cluster that were not taken here` : ''}, which cannot go to another cluster`,
      remedy: `${isGrowing ? 'pause its schedules, then ' : ''}delete its snapshots, or keep them until they expire${foreignCount > 0 ? '; those that were not taken here go on the cluster itself' : ''}`,
    })
  }
  if (isClone || cloneCount + foreignClones > 0) {
    const others = foreignClones > 0 ? `, and ${foreignClones} on its cluster that were not made here` : ''
    const kin = isClone ? 'is a clone and shares blocks with its source' : `has ${cloneCount} clones${others}`
    blocks.push({
      reason: 'CLONE_FAMILY',
      explanation: `${kin}: a copy elsewhere would take its full size`,
      remedy: `delete the other volumes of the family first${foreignClones > 0 ? '; those that were not made here go on the cluster itself, unless they were adopted' : ''}`,
    })
  }
  return blocks
}
