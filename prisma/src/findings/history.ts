import type { FindingAction } from '@flotilla/core/findings/finding'

const ENTRIES_KEPT = 50

/**
 * SQL for a finding's history with one more entry; the oldest of many goes.
 *
 * @param actor SQL for who acts
 * @param note SQL for why, NULL for no word
 */
export function historyWith(action: FindingAction, actor: string, note = 'NULL'): string {
  return `(CASE WHEN jsonb_array_length(finding.history) >= ${ENTRIES_KEPT} THEN finding.history - 0 ELSE finding.history END)
    || jsonb_build_object('at', clock_timestamp(), 'actor', ${actor}::text, 'action', '${action}', 'note', ${note}::text)`
}

/** SQL that closes a finding whose cause is gone. */
export function resolved(action: FindingAction = 'RESOLVED', actor = "'flotilla'"): string {
  return `state = 'RESOLVED', ignored_until = NULL, resolved_at = clock_timestamp(), updated_at = clock_timestamp(),
    history = ${historyWith(action, actor)}`
}

/** SQL, after ON CONFLICT, for a finding that is there: it is opened again if its cause has returned. */
export const FOUND_AGAIN = `ON CONFLICT (cluster_id, kind, subject) DO UPDATE SET
    state = CASE finding.state WHEN 'RESOLVED' THEN 'OPEN' ELSE finding.state END,
    history = CASE finding.state WHEN 'RESOLVED' THEN ${historyWith('REOPENED', "'flotilla'")} ELSE finding.history END,
    resolved_at = NULL, updated_at = clock_timestamp(), name = excluded.name, volume_id = excluded.volume_id,
    wanted = excluded.wanted, written = excluded.written, observed = excluded.observed, digest = excluded.digest,
    reverted_digest = CASE finding.state WHEN 'RESOLVED' THEN NULL ELSE finding.reverted_digest END`
