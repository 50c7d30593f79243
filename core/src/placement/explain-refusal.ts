import type { CandidateVerdict, Rejection } from './verdict.ts'

/** One reason why a request found no cluster, and how many clusters gave it. */
export interface RefusalReason {
  readonly reason: Rejection['reason']
  readonly clusterCount: number
  /** The one that came nearest to taking the request. */
  readonly nearest: { readonly clusterName: string; readonly rejection: Rejection }
}

/** The reasons of a refusal, the most frequent first. */
export function explainRefusal(verdicts: readonly CandidateVerdict[]): readonly RefusalReason[] {
  const rejected = verdicts.flatMap(({ clusterName, rejection }) =>
    rejection ? [{ clusterName, rejection }] : [],
  )
  return [...Map.groupBy(rejected, ({ rejection }) => rejection.reason)]
    .flatMap(([reason, each]) => {
      const nearest = each.reduce((best, next) => (fitting(next) > fitting(best) ? next : best))
      return [{ reason, clusterCount: each.length, nearest }]
    })
    .toSorted((a, b) => b.clusterCount - a.clusterCount)
}

function fitting({ rejection }: RefusalReason['nearest']): bigint {
  return rejection.fittingSizeBytes ?? 0n
}
