import type { ClusterTruth } from './truth.ts'

/** The clusters' ids of volumes that others made, past Flotilla. A name of ours alone does not make them ours. */
export function madeByOthers(truth: readonly Pick<ClusterTruth, 'history'>[]): ReadonlySet<string> {
  return new Set(
    truth.flatMap(({ history }) =>
      history.filter(({ by, kind }) => by === 'outside' && kind === 'created').map((each) => each.volumeUuid),
    ),
  )
}
