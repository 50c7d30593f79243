/** Every column of a volume under the name that Prisma gives it, so that one mapping serves both ways of asking. */
export const VOLUME_COLUMNS = `id, project, name, size_bytes AS "sizeBytes", replicas, compression, qos_policy AS "qosPolicy",
  labels, state,
  cluster_id AS "clusterId", backend_name AS "backendName", backend_id AS "backendId",
  observed_size_bytes AS "observedSizeBytes", observed_state AS "observedState",
  observed_protection AS "observedProtection", observed_at AS "observedAt",
  observed_access AS "observedAccess", decision_id AS "decisionId",
  policy_name AS "policyName", policy_revision AS "policyRevision", placement_group AS "placementGroup", revision, generation,
  settled_generation AS "settledGeneration",
  shrink_to_bytes AS "shrinkToBytes", former_properties AS "formerProperties", access_change AS "accessChange", source_snapshot_id AS "sourceSnapshotId",
  restore_snapshot_id AS "restoreSnapshotId", backend_project AS "backendProject", adopted_at AS "adoptedAt",
  observed_name AS "observedName", foreign_snapshot_count AS "foreignSnapshotCount",
  created_at AS "createdAt", updated_at AS "updatedAt", deleted_at AS "deletedAt"`
