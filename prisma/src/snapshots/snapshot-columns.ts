/** Every column of a snapshot under the name that Prisma gives it, so that one mapping serves both ways of asking. */
export const SNAPSHOT_COLUMNS = `id, volume_id AS "volumeId", project, name, labels, state, cluster_id AS "clusterId",
  backend_name AS "backendName", backend_id AS "backendId", size_bytes AS "sizeBytes", replicas, compression,
  retention_seconds AS "retentionSeconds", expires_at AS "expiresAt", made_for_id AS "madeForId", schedule_id AS "scheduleId",
  observed_state AS "observedState", observed_at AS "observedAt", revision, created_at AS "createdAt",
  updated_at AS "updatedAt", deleted_at AS "deletedAt"`
