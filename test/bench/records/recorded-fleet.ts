import type pg from 'pg'

/** Members as operators name and label them, each polled once; capacities from 50 TiB to 2 PiB, a third of it promised. */
export async function fillFleet(pool: pg.Pool, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO cluster (id, name, driver, endpoints, tls, credential_kind, labels, connection, health)
     SELECT ${CLUSTER_ID}, 'storage-' || number, 'lightos', '{https://10.0.0.1}', '{"mode": "SYSTEM"}', 'KEY_PAIR',
            jsonb_build_object('site', 'site-' || number % 7, 'rack', 'rack-' || number % 40, 'tier', 'gold'),
            'CONNECTED', 'OK'
     FROM generate_series(1, $1) AS number`,
    [count],
  )
  await pool.query(
    `INSERT INTO cluster_capacity (cluster_id, provisioned_bytes, pending_bytes, effective_bytes, used_bytes, free_bytes,
                                   reported_bytes, max_replicas, volume_count, foreign_volume_count, observed_at,
                                   inventory_at, sequence)
     SELECT ${CLUSTER_ID}, bytes / 3, 0, bytes, bytes / 5, bytes - bytes / 5, bytes / 3, 3, 1000 + number, 0,
            clock_timestamp(), clock_timestamp(), 1
     FROM generate_series(1, $1) AS number, LATERAL (SELECT (50 + 2 * (number % 1000)) * (1::bigint << 40)) AS size(bytes)`,
    [count],
  )
}

const CLUSTER_ID = `'cls_01939b6c-7b1e-7c3a-9d52-' || lpad(to_hex(number), 12, '0')`

/** What a poll of the next `polled` clusters leaves in the ledger: new volumes are contained, and more is written. */
export async function pollClusters(
  pool: pg.Pool,
  round: number,
  count: number,
  polled: number,
): Promise<void> {
  await pool.query(
    `UPDATE cluster_capacity
     SET provisioned_bytes = provisioned_bytes + pending_bytes, pending_bytes = 0,
         used_bytes = used_bytes + written.bytes, free_bytes = free_bytes - written.bytes,
         volume_count = volume_count + 1, observed_at = clock_timestamp(), sequence = sequence + 1
     FROM (SELECT ${CLUSTER_ID} AS id, (random() * 1000000)::bigint * 4096 AS bytes
           FROM (SELECT 1 + ($1 * $3 + step) % $2 AS number FROM generate_series(0, $3 - 1) AS step)) AS written
     WHERE cluster_id = written.id`,
    [round, count, polled],
  )
}
