import { mutate } from './data-life.ts'
import type { Stack } from './stack.ts'

export interface ScheduleAnswer {
  readonly id: string
  readonly name: string
  readonly revision: number
  readonly isPaused: boolean
  readonly keepCount: number | null
  readonly retentionSeconds: number | null
  readonly nextRunAt: string | null
  readonly lastRunAt: string | null
  readonly deletedAt: string | null
  readonly recurrence: {
    readonly everySeconds: number | null
    readonly pattern: string | null
    readonly timeZone: string | null
    readonly startAt: string
  }
  readonly lastOutcome: {
    readonly kind: string
    readonly dueAt: string
    readonly reason: string | null
    readonly snapshot: { readonly id: string; readonly name: string } | null
    readonly operation: { readonly id: string; readonly kind: string; readonly state: string } | null
  } | null
  readonly held: { readonly available: number; readonly lingering: number }
  /** Newest first, without deleted ones. */
  readonly snapshots: {
    readonly nodes: readonly { readonly id: string; readonly name: string; readonly state: string }[]
  }
}

export interface ScheduleMutationAnswer {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly path?: readonly string[]
  readonly issues?: readonly { readonly path: readonly string[]; readonly allowed: string }[]
  readonly snapshotSchedule?: ScheduleAnswer
}

const SCHEDULE = `id name revision isPaused keepCount retentionSeconds nextRunAt lastRunAt deletedAt
  recurrence { everySeconds pattern timeZone startAt }
  lastOutcome { kind dueAt reason snapshot { id name } operation { id kind state } }
  held { available lingering } snapshots { nodes { id name state } }`

/** Asks for a change of a schedule. */
export function mutateSchedule(
  stack: Pick<Stack, 'api'>,
  field: 'createSnapshotSchedule' | 'updateSnapshotSchedule' | 'deleteSnapshotSchedule',
  input: Record<string, unknown>,
): Promise<ScheduleMutationAnswer> {
  return mutate(stack, field, input, `snapshotSchedule { ${SCHEDULE} }`)
}

/** A schedule that keeps three and comes once a minute, unless told otherwise. */
export async function newSchedule(
  stack: Pick<Stack, 'api'>,
  volumeId: string,
  input: Record<string, unknown> = {},
): Promise<ScheduleAnswer> {
  const { snapshotSchedule, message } = await mutateSchedule(stack, 'createSnapshotSchedule', {
    volumeId,
    name: 'minutely',
    recurrence: { everySeconds: 60 },
    keepCount: 3,
    ...input,
  })
  if (!snapshotSchedule) throw new Error(`the schedule was not made: ${message}`)
  return snapshotSchedule
}

export async function readSchedule({ api }: Pick<Stack, 'api'>, id: string): Promise<ScheduleAnswer> {
  const query = `query ($id: ID!) { snapshotSchedule(id: $id) { ${SCHEDULE} } }`
  return (await api.ask<{ snapshotSchedule: ScheduleAnswer }>(query, { id })).snapshotSchedule
}

/** As if so much time had passed since the schedule was made: whatever it missed meanwhile is due now. */
export async function letPass({ sql }: Pick<Stack, 'sql'>, id: string, seconds: number): Promise<void> {
  await sql.query(
    `UPDATE snapshot_schedule SET start_at = start_at - make_interval(secs => $2),
            next_run_at = next_run_at - make_interval(secs => $2), look_at = look_at - make_interval(secs => $2)
     WHERE id = $1`,
    [id, seconds],
  )
}
