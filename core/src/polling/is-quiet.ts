import type { ClusterConnectionState } from '../clusters/cluster.ts'
import type { Observation } from './observation.ts'

/** What was known of a cluster when its poll began. */
export interface PollBackground {
  readonly connection: ClusterConnectionState
  /** How many polls before this one have failed, one after the other. */
  readonly failures: number
  /** Null before the first observation. */
  readonly last: { readonly reportedBytes: bigint } | null
  /** As the last look saw it. */
  readonly acceptedKeyId: string | null
}

/** Whether nothing has to be looked at for this poll: it went as the last one, and what is provisioned is the same. */
export function isQuiet(
  { connection, failures, last, acceptedKeyId }: PollBackground,
  observation: Observation,
): boolean {
  const { inventory, statistics } = observation
  return (
    inventory === null &&
    connection === 'CONNECTED' &&
    failures === 0 &&
    last?.reportedBytes === statistics.provisionedBytes &&
    acceptedKeyId === observation.acceptedKeyId
  )
}
