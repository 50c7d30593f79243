import type pg from 'pg'
import { findLeaks, type Secret } from './find-leaks.ts'
import { readRows } from './read-rows.ts'
import type {
  AttachmentRow,
  ClusterRow,
  EventRow,
  FindingRow,
  LedgerRow,
  OperationRow,
  Records,
  SampleRow,
  SnapshotRow,
  Span,
  VolumeRow,
} from './records.ts'
import { readWatch } from './watch-records.ts'

type Row = Readonly<Record<string, unknown>>

const FIGURES = ['promised', 'written', 'effective', 'free'] as const

/**
 * Reads everything that the rules look at. To be asked when nothing is under way: it is no single snapshot.
 *
 * @param secrets what must stand in no table and in no log file
 */
export async function readRecords(
  pool: pg.Pool,
  secrets: readonly Secret[] = [],
  logFiles: readonly string[] = [],
): Promise<Records> {
  const read = <T>(statement: string) => readRows<T>(pool, statement)
  const [clusters, ledger, volumes, snapshots, attachments, operations, findings] = await Promise.all([
    read<Omit<ClusterRow, 'capacity'>>(
      'SELECT id, name, connection, detached_at, poll_sequence FROM cluster ORDER BY name',
    ),
    read<LedgerRow & { clusterId: string }>('SELECT * FROM cluster_capacity'),
    read<VolumeRow>('SELECT * FROM volume'),
    read<SnapshotRow>('SELECT * FROM snapshot'),
    read<AttachmentRow>(
      `SELECT attachment.*, nqn, addresses, host.deleted_at AS host_deleted_at
       FROM attachment JOIN host ON host.id = host_id`,
    ),
    read<OperationRow>(
      `SELECT id, kind, state, cluster_id, volume_id, snapshot_id, actor, idempotency_key, parent_id, former_id, error_code,
              request #>> '{former,backend_id}' AS former_backend_id,
              (request #>> '{former,adopted_at}')::timestamptz AS former_adopted_at, created_at, finished_at FROM operation`,
    ),
    read<FindingRow>(
      `SELECT id, cluster_id, kind, subject, state, name, volume_id, written -> 'access' AS written_access,
              observed -> 'access' AS observed_access FROM finding`,
    ),
  ])
  const [samples, events, [floor], alerts, schedules, hosts, leaks, watch] = await Promise.all([
    read<Row>('SELECT * FROM capacity_sample'),
    read<EventRow>(
      `SELECT transaction::text::bigint AS transaction, sequence, kind, subject_id, at FROM event
       ORDER BY event.transaction, sequence`,
    ),
    read<Pick<EventRow, 'transaction' | 'sequence'>>(
      'SELECT transaction::text::bigint AS transaction, sequence FROM event_floor',
    ),
    read<{ id: string }>('SELECT id FROM alert'),
    read<{ id: string }>('SELECT id FROM snapshot_schedule'),
    read<{ nqn: string }>('SELECT nqn FROM host'),
    findLeaks(pool, secrets, logFiles),
    readWatch(pool),
  ])
  // Last, so that nothing that was read is from after it.
  const [clock] = await read<{ now: Date }>('SELECT clock_timestamp() AS now')
  if (!clock || !floor) throw new Error('the database is none of Flotilla')
  const ledgerOf = new Map(ledger.map((row) => [row.clusterId, row]))
  return {
    now: clock.now,
    clusters: clusters.map((cluster) => ({ ...cluster, capacity: ledgerOf.get(cluster.id) ?? null })),
    volumes,
    snapshots,
    attachments,
    hostNqns: hosts.map(({ nqn }) => nqn),
    operations,
    findings,
    samples: samples.map(toSample),
    events,
    eventFloor: floor,
    alertIds: alerts.map(({ id }) => id),
    scheduleIds: schedules.map(({ id }) => id),
    ...leaks,
    ...watch,
  }
}

function toSample(row: Row): SampleRow {
  const span = (figure: string): Span => ({
    min: row[`${figure}Min`] as bigint,
    max: row[`${figure}Max`] as bigint,
    last: row[`${figure}Last`] as bigint,
  })
  const spans = Object.fromEntries(FIGURES.map((figure) => [figure, span(figure)]))
  return { ...row, ...spans } as unknown as SampleRow
}
