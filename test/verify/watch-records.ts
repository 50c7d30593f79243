import type pg from 'pg'
import { readRows } from './read-rows.ts'
import type { Records, WatchedChange, WatchedLedger, WatchedTable } from './records.ts'

const LEASED: readonly WatchedTable[] = ['volume', 'snapshot']

/** Kept in the database that is watched, so that a change and its note commit together or not at all. */
const SET_UP = `
CREATE SCHEMA IF NOT EXISTS watch;
CREATE TABLE IF NOT EXISTS watch.change (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
  subject_table text NOT NULL, subject_id text NOT NULL,
  state_before text, state_after text NOT NULL,
  revision_before int, revision_after int, lease_before bigint, lease_after bigint);
CREATE TABLE IF NOT EXISTS watch.ledger (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
  cluster_id text NOT NULL, pending_before bigint NOT NULL, pending_bytes bigint NOT NULL,
  promised_bytes bigint NOT NULL, effective_bytes bigint NOT NULL);
CREATE OR REPLACE FUNCTION watch.note_leased() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO watch.change (subject_table, subject_id, state_before, state_after, revision_before, revision_after, lease_before, lease_after)
  VALUES (TG_TABLE_NAME, NEW.id, OLD.state, NEW.state, OLD.revision, NEW.revision, OLD.lease_number, NEW.lease_number);
  RETURN NULL; END $$;
CREATE OR REPLACE FUNCTION watch.note_operation() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO watch.change (subject_table, subject_id, state_before, state_after)
  VALUES (TG_TABLE_NAME, NEW.id, OLD.state, NEW.state);
  RETURN NULL; END $$;
CREATE OR REPLACE FUNCTION watch.note_ledger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO watch.ledger (cluster_id, pending_before, pending_bytes, promised_bytes, effective_bytes)
  VALUES (NEW.cluster_id, OLD.pending_bytes, NEW.pending_bytes, NEW.provisioned_bytes + NEW.pending_bytes, NEW.effective_bytes);
  RETURN NULL; END $$;
${LEASED.map((table) => trigger(table, 'note_leased', '(OLD.state, OLD.revision, OLD.lease_number) IS DISTINCT FROM (NEW.state, NEW.revision, NEW.lease_number)')).join('')}
${trigger('operation', 'note_operation', 'OLD.state <> NEW.state')}
CREATE OR REPLACE TRIGGER watch_update AFTER UPDATE ON cluster_capacity FOR EACH ROW
  WHEN (OLD.pending_bytes <> NEW.pending_bytes) EXECUTE FUNCTION watch.note_ledger();`

const TAKE_DOWN = `DROP SCHEMA IF EXISTS watch CASCADE`

function trigger(table: WatchedTable, note: string, isChange: string): string {
  return `
CREATE OR REPLACE TRIGGER watch_insert AFTER INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION watch.${note}();
CREATE OR REPLACE TRIGGER watch_update AFTER UPDATE ON ${table} FOR EACH ROW WHEN (${isChange}) EXECUTE FUNCTION watch.${note}();`
}

/**
 * Keeps every change of state, revision, lease and promised bytes from now on, by triggers: what is changed back before
 * the checker looks shows only so. Costs each write a row. Safe to repeat.
 */
export async function watchRecords(pool: pg.Pool): Promise<void> {
  await pool.query(SET_UP)
}

/** Ends the watch and forgets what it kept. Safe to repeat. */
export async function endWatch(pool: pg.Pool): Promise<void> {
  await pool.query(TAKE_DOWN)
}

/** What was kept; null where no watch was set up. */
export async function readWatch(pool: pg.Pool): Promise<Pick<Records, 'changes' | 'ledgerChanges'>> {
  const { rows } = await pool.query<{ isSetUp: boolean }>(
    `SELECT to_regclass('watch.ledger') IS NOT NULL AS "isSetUp"`,
  )
  if (!rows[0]?.isSetUp) return { changes: null, ledgerChanges: null }
  const [changes, ledgerChanges] = await Promise.all([
    readRows<WatchedChange>(
      pool,
      `SELECT transaction::text::bigint AS transaction, subject_table, subject_id, state_before, state_after, revision_before,
              revision_after, lease_before, lease_after FROM watch.change ORDER BY number`,
    ),
    readRows<WatchedLedger>(
      pool,
      `SELECT transaction::text::bigint AS transaction, cluster_id, pending_before, pending_bytes, promised_bytes,
              effective_bytes FROM watch.ledger ORDER BY number`,
    ),
  ])
  return { changes, ledgerChanges }
}
