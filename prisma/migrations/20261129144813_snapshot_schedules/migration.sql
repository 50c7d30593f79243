-- AlterTable
ALTER TABLE "snapshot" ADD COLUMN     "schedule_id" TEXT;

-- CreateTable
CREATE TABLE "snapshot_schedule" (
    "id" TEXT NOT NULL,
    "volume_id" TEXT NOT NULL,
    "project" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "labels" JSONB NOT NULL DEFAULT '{}',
    "every_seconds" INTEGER,
    "pattern" TEXT,
    "time_zone" TEXT,
    "start_at" TIMESTAMPTZ(3) NOT NULL,
    "keep_count" INTEGER,
    "retention_seconds" INTEGER,
    "is_paused" BOOLEAN NOT NULL DEFAULT false,
    "next_run_at" TIMESTAMPTZ(3),
    "look_at" TIMESTAMPTZ(3),
    "last_run_at" TIMESTAMPTZ(3),
    "last_outcome" TEXT,
    "last_due_at" TIMESTAMPTZ(3),
    "last_outcome_at" TIMESTAMPTZ(3),
    "last_snapshot_id" TEXT,
    "last_operation_id" TEXT,
    "last_reason" TEXT,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "deleted_at" TIMESTAMPTZ(3),
    "created_by" TEXT NOT NULL,
    "idempotency_key" TEXT NOT NULL,
    "input_fingerprint" TEXT NOT NULL,

    CONSTRAINT "snapshot_schedule_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "snapshot_schedule_created_at_id_idx" ON "snapshot_schedule"("created_at", "id");

-- CreateIndex
CREATE INDEX "snapshot_schedule_name_id_idx" ON "snapshot_schedule"("name", "id");

-- CreateIndex
CREATE INDEX "snapshot_schedule_volume_id_created_at_idx" ON "snapshot_schedule"("volume_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "snapshot_schedule_created_by_idempotency_key_key" ON "snapshot_schedule"("created_by", "idempotency_key");

-- What schema.prisma cannot say.

-- A schedule that was deleted frees its name.
CREATE UNIQUE INDEX "snapshot_schedule_name_live" ON "snapshot_schedule" ("volume_id", "name") WHERE "deleted_at" IS NULL;
CREATE INDEX "snapshot_schedule_due" ON "snapshot_schedule" ("look_at") WHERE "look_at" IS NOT NULL;
CREATE INDEX "snapshot_of_schedule" ON "snapshot" ("schedule_id", "created_at") WHERE "schedule_id" IS NOT NULL;
ALTER TABLE "snapshot_schedule" ADD CONSTRAINT "snapshot_schedule_recurs" CHECK (
  "every_seconds" > 0 AND num_nonnulls("pattern", "time_zone") = 0
  OR "every_seconds" IS NULL AND num_nonnulls("pattern", "time_zone") = 2);
-- What nothing limits would fill the cluster.
ALTER TABLE "snapshot_schedule" ADD CONSTRAINT "snapshot_schedule_is_limited" CHECK (
  num_nonnulls("keep_count", "retention_seconds") > 0 AND "keep_count" > 0 AND "retention_seconds" > 0);
-- One that is paused or deleted is never due.
ALTER TABLE "snapshot_schedule" ADD CONSTRAINT "snapshot_schedule_is_due" CHECK (
  ("next_run_at" IS NULL) = ("is_paused" OR "deleted_at" IS NOT NULL));
