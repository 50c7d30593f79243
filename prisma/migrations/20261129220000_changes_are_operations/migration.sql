-- AlterTable
ALTER TABLE "operation" ADD COLUMN     "host_id" TEXT,
ADD COLUMN     "schedule_id" TEXT;

-- CreateIndex
CREATE INDEX "operation_host_id_created_at_idx" ON "operation"("host_id", "created_at");

-- CreateIndex
CREATE INDEX "operation_schedule_id_created_at_idx" ON "operation"("schedule_id", "created_at");

-- What each request has made is found by its operation from now on, so that a repetition is answered as before; but where an
-- actor has used one key for two kinds of requests, which are told apart no more.
LOCK TABLE "host", "snapshot_schedule" IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO "operation" ("id", "kind", "state", "host_id", "actor", "idempotency_key", "input_fingerprint", "created_at", "started_at", "finished_at")
SELECT 'op_' || substr("id", 5), 'REGISTER_HOST', 'SUCCEEDED', "id", "created_by", "idempotency_key", "input_fingerprint", "created_at", "created_at", "created_at"
FROM "host" ON CONFLICT DO NOTHING;
INSERT INTO "operation" ("id", "kind", "state", "schedule_id", "actor", "idempotency_key", "input_fingerprint", "created_at", "started_at", "finished_at")
SELECT 'op_' || substr("id", 5), 'CREATE_SNAPSHOT_SCHEDULE', 'SUCCEEDED', "id", "created_by", "idempotency_key", "input_fingerprint", "created_at", "created_at", "created_at"
FROM "snapshot_schedule" ON CONFLICT DO NOTHING;

-- DropIndex
DROP INDEX "host_created_by_idempotency_key_key";

-- DropIndex
DROP INDEX "snapshot_schedule_created_by_idempotency_key_key";

-- AlterTable
ALTER TABLE "host" DROP COLUMN "created_by",
DROP COLUMN "idempotency_key",
DROP COLUMN "input_fingerprint";

-- AlterTable
ALTER TABLE "snapshot_schedule" DROP COLUMN "created_by",
DROP COLUMN "idempotency_key",
DROP COLUMN "input_fingerprint";
