import type { BackendSnapshot } from './backend-snapshot.ts'
import type { SnapshotState } from './snapshot.ts'

/**
 * What has to be done next so that the cluster has what is wanted. CREATE and DELETE ask the cluster; WAIT: it is at work;
 * PRESENT and ABSENT: nothing is left to do; LINGERS: it goes with its last clone; FAILED: the cluster could not take it.
 */
export type SnapshotStep = 'CREATE' | 'DELETE' | 'WAIT' | 'PRESENT' | 'ABSENT' | 'LINGERS' | 'FAILED'

/**
 * Decides from the present states alone, as `nextStep` does for volumes. Whatever is asked about and is not being created is
 * to go: one that is AVAILABLE is asked about only when its time is over. A released one is nobody's to touch.
 *
 * @param hasClones whether volumes of ours were made from it and still exist
 * @param backend what the cluster says it has under the snapshot's name; `null` is its definite word that it has none
 */
export function nextSnapshotStep(
  { state, hasClones }: { readonly state: SnapshotState; readonly hasClones: boolean },
  backend: BackendSnapshot | null,
): SnapshotStep {
  if (state === 'RELEASED') return 'WAIT'
  const isWanted = state === 'CREATING'
  switch (backend?.state) {
    case undefined:
      return isWanted ? 'CREATE' : 'ABSENT'
    case 'CREATING':
      return 'WAIT'
    case 'AVAILABLE':
      return isWanted ? 'PRESENT' : 'DELETE'
    case 'DELETING':
      return !isWanted && (hasClones || state === 'LINGERING') ? 'LINGERS' : 'WAIT'
    case 'FAILED':
      return isWanted ? 'FAILED' : 'ABSENT'
  }
}
