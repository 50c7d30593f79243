-- AlterTable
ALTER TABLE "operation" ADD COLUMN     "snapshot_id" TEXT;

-- AlterTable
ALTER TABLE "placement_decision" ADD COLUMN     "pinned_to" TEXT;

-- AlterTable
ALTER TABLE "volume" ADD COLUMN     "former_properties" JSONB,
ADD COLUMN     "restore_snapshot_id" TEXT,
ADD COLUMN     "shrink_to_bytes" BIGINT,
ADD COLUMN     "source_snapshot_id" TEXT;

-- CreateTable
CREATE TABLE "snapshot" (
    "id" TEXT NOT NULL,
    "volume_id" TEXT NOT NULL,
    "project" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "labels" JSONB NOT NULL DEFAULT '{}',
    "state" TEXT NOT NULL,
    "cluster_id" TEXT NOT NULL,
    "backend_name" TEXT NOT NULL,
    "backend_id" TEXT,
    "size_bytes" BIGINT NOT NULL,
    "replicas" INTEGER NOT NULL,
    "compression" BOOLEAN NOT NULL,
    "retention_seconds" INTEGER,
    "expires_at" TIMESTAMPTZ(3),
    "made_for_id" TEXT,
    "observed_state" TEXT,
    "observed_at" TIMESTAMPTZ(3),
    "revision" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "deleted_at" TIMESTAMPTZ(3),
    "lease_number" BIGINT NOT NULL DEFAULT 0,
    "leased_until" TIMESTAMPTZ(3),
    "next_reconcile_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "acknowledged_at" TIMESTAMPTZ(3),

    CONSTRAINT "snapshot_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "snapshot_volume_id_created_at_idx" ON "snapshot"("volume_id", "created_at");

-- CreateIndex
CREATE INDEX "snapshot_cluster_id_state_idx" ON "snapshot"("cluster_id", "state");

-- CreateIndex
CREATE INDEX "snapshot_created_at_id_idx" ON "snapshot"("created_at", "id");

-- CreateIndex
CREATE INDEX "snapshot_name_id_idx" ON "snapshot"("name", "id");

-- CreateIndex
CREATE INDEX "operation_snapshot_id_created_at_idx" ON "operation"("snapshot_id", "created_at");

-- What schema.prisma cannot say.

-- A snapshot that only lingers under its clones frees its name.
CREATE UNIQUE INDEX "snapshot_name_live" ON "snapshot" ("volume_id", "name")
  WHERE "state" NOT IN ('LINGERING', 'DELETED', 'FAILED');
CREATE INDEX "snapshot_not_at_rest" ON "snapshot" ("next_reconcile_at") WHERE
  "state" IN ('CREATING', 'DELETING', 'LINGERING') OR ("state" IN ('DELETED', 'FAILED') AND "observed_state" IS NOT NULL)
  OR ("state" = 'AVAILABLE' AND "expires_at" IS NOT NULL);
CREATE INDEX "snapshot_made_for" ON "snapshot" ("made_for_id") WHERE "made_for_id" IS NOT NULL;
CREATE INDEX "volume_source" ON "volume" ("source_snapshot_id") WHERE "source_snapshot_id" IS NOT NULL;

-- More states in which there is work. Takes a lock on the table while the index is built; may be run twice.
DROP INDEX IF EXISTS "volume_not_at_rest";
CREATE INDEX "volume_not_at_rest" ON "volume" ("next_reconcile_at") WHERE
  "state" IN ('CREATING', 'RESIZING', 'UPDATING', 'RESTORING', 'DELETING') OR ("state" IN ('DELETED', 'FAILED') AND "observed_bytes" > 0);

-- What is wanted is smaller than what is promised, or it is no shrinking.
ALTER TABLE "volume" ADD CONSTRAINT "volume_shrinks" CHECK ("shrink_to_bytes" > 0 AND "shrink_to_bytes" < "size_bytes");
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_size_positive" CHECK ("size_bytes" > 0);
