import { GONE } from '../volumes/gone.ts'
/**
 * What of ours is on the cluster of each `drain` row, as `volume_count`, `snapshot_count` and `bytes`: all that keeps a
 * cluster from being detached.
 */
export const HELD_OF_DRAIN = `LATERAL (
    SELECT count(*)::int AS volume_count, coalesce(sum(size_bytes * replicas), 0)::bigint AS bytes
    FROM volume WHERE volume.cluster_id = drain.cluster_id AND state NOT IN ${GONE}) AS volumes,
  LATERAL (
    SELECT count(*)::int AS snapshot_count
    FROM snapshot WHERE snapshot.cluster_id = drain.cluster_id AND state NOT IN ${GONE}) AS snapshots`
