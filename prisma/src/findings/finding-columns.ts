/** Every column of a finding under the name that Prisma gives it, so that one mapping serves both ways of asking. */
export const FINDING_COLUMNS = `id, cluster_id AS "clusterId", kind, subject, state, name, volume_id AS "volumeId", wanted, written,
  observed, digest, reverted_digest AS "revertedDigest", ignored_until AS "ignoredUntil", opened_at AS "openedAt",
  updated_at AS "updatedAt", resolved_at AS "resolvedAt", history`
