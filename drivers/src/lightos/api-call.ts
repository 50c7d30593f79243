import type { DriverOutcome } from '@flotilla/core/ports/cluster-driver'
import type { z } from 'zod'
import type { WireRequest } from './exchange.ts'

/** What a request is for; decides how much a lost or odd answer leaves open. */
export type CallKind = 'READ' | 'CREATE' | 'CHANGE'

export interface ApiCall<Answer> {
  readonly kind: CallKind
  readonly method: WireRequest['method']
  /** Below `/api/v2`, query included. */
  readonly path: string
  readonly body?: unknown
  /** Makes the change conditional on this version of the object. */
  readonly ifMatch?: string | null
  /** For calls that tell which cluster answers: they may go to any. Others reach the expected cluster only. */
  readonly anyCluster?: boolean
  readonly answer: z.ZodType<Answer>
}

/** The outcome when a request was sent and no trustworthy answer came. */
export function withoutAnswer(kind: CallKind): DriverOutcome {
  return kind === 'READ' ? 'UNAVAILABLE' : 'UNKNOWN'
}
