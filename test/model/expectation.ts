import { clonesOf, type Model, type ModelSnapshot, type ModelVolume, snapshotsOf } from './model.ts'

/** How sure the model is that a refusal has to come. */
export type Surety = 'ALWAYS' | 'PERHAPS' | 'NEVER'

/** One reason to refuse; with several types any of them will do. */
export type Check = readonly [surety: Surety, ...types: string[]]

export const ACCEPTED = 'ACCEPTED'

/** The answers that agree with what is believed. Which of several reasons is told first is nobody's business. */
export function allowedAnswers(checks: readonly Check[]): ReadonlySet<string> {
  const allowed = new Set(checks.flatMap(([surety, ...types]) => (surety === 'NEVER' ? [] : types)))
  if (checks.every(([surety]) => surety !== 'ALWAYS')) allowed.add(ACCEPTED)
  return allowed
}

/** What holds for sure once all is quiet, and perhaps before. */
export function surely(isSettled: boolean): Surety {
  return isSettled ? 'ALWAYS' : 'PERHAPS'
}

export function when(condition: boolean, surety: Surety = 'ALWAYS'): Surety {
  return condition ? surety : 'NEVER'
}

/** For what asks a volume's cluster, and so needs the volume AVAILABLE. */
export function needsAvailable({ fate, isSettled, isMissing }: ModelVolume): Check {
  if (fate === 'DELETED') return ['ALWAYS', 'NotFoundError', 'InvalidStateError']
  if (fate === 'FAILED') return ['ALWAYS', 'InvalidStateError']
  if (isMissing) return [surely(isSettled), 'InvalidStateError']
  return [when(!isSettled, 'PERHAPS'), 'InvalidStateError']
}

export function needsAvailableSnapshot({ fate, isSettled }: ModelSnapshot): Check {
  if (fate === 'ALIVE') return [when(!isSettled, 'PERHAPS'), 'InvalidStateError']
  return ['ALWAYS', 'InvalidStateError', ...(fate === 'DELETED' ? ['NotFoundError'] : [])]
}

/** For what throws away what a volume holds: snapshots of it that were promised are taken first, those for its clones too. */
export function needsSnapshotsTaken(model: Model, volume: ModelVolume): Check {
  const asked = snapshotsOf(model, volume).some(({ fate, isSettled }) => fate !== 'DELETED' && !isSettled)
  const cloned = model.volumes.some(({ sourceId, isSettled }) => sourceId === volume.id && !isSettled)
  return [when(asked || cloned, 'PERHAPS'), 'InvalidStateError']
}

/** Names are held until the end of a deletion, and by whom will fail until he has. */
export function nameIsFree(
  holders: readonly { readonly name: string; readonly fate: string; readonly isSettled: boolean }[],
  name: string,
): Check {
  const namesakes = holders.filter((each) => each.name === name)
  if (namesakes.some(({ fate }) => fate === 'ALIVE')) return ['ALWAYS', 'NameTakenError']
  return [
    when(
      namesakes.some(({ isSettled }) => !isSettled),
      'PERHAPS',
    ),
    'NameTakenError',
  ]
}

export function deletionChecks(
  model: Model,
  volume: ModelVolume,
  { cascade, force }: { readonly cascade: boolean; readonly force: boolean },
): readonly Check[] {
  const { fate, hosts, isSettled, isMissing } = volume
  const snapshots = snapshotsOf(model, volume)
  const clones = clonesOf(model, volume).filter((clone) => !clone.isSettled)
  const stays = snapshots.some((each) => each.fate === 'ALIVE')
  const mayStay = snapshots.some((each) => each.fate === 'FAILED' && !each.isSettled) || clones.length > 0
  const hasHosts = hosts.size > 0 && isSettled && !isMissing
  return [
    [when(fate === 'DELETED'), 'NotFoundError', 'InvalidStateError'],
    [when(!cascade && stays), 'HasDependentsError'],
    [when(!cascade && mayStay, 'PERHAPS'), 'HasDependentsError'],
    [when(clones.length > 0, 'PERHAPS'), 'InvalidStateError'],
    [when(!force && hasHosts), 'VolumeAttachedError'],
    [when(!force && (hosts.size > 0 || !isSettled), 'PERHAPS'), 'VolumeAttachedError'],
  ]
}
