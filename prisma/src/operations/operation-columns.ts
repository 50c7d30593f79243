/** Every column of an operation under the name that Prisma gives it, so that one mapping serves both ways of asking. */
export const OPERATION_COLUMNS = `id, kind, state, cluster_id AS "clusterId", volume_id AS "volumeId",
  snapshot_id AS "snapshotId", host_id AS "hostId", schedule_id AS "scheduleId", policy_name AS "policyName", actor,
  idempotency_key AS "idempotencyKey", input_fingerprint AS "inputFingerprint", progress,
  attempt_count AS "attemptCount", attempts, error_code AS "errorCode", error_message AS "errorMessage",
  parent_id AS "parentId", former_id AS "formerId",
  created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt"`
