-- AlterTable
ALTER TABLE "cluster" ADD COLUMN     "data_path" JSONB;

-- AlterTable
ALTER TABLE "volume" ADD COLUMN     "observed_access" JSONB;

-- CreateTable
CREATE TABLE "host" (
    "id" TEXT NOT NULL,
    "nqn" TEXT NOT NULL,
    "name" TEXT,
    "addresses" TEXT[],
    "revision" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "deleted_at" TIMESTAMPTZ(3),
    "created_by" TEXT NOT NULL,
    "idempotency_key" TEXT NOT NULL,
    "input_fingerprint" TEXT NOT NULL,

    CONSTRAINT "host_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attachment" (
    "volume_id" TEXT NOT NULL,
    "host_id" TEXT NOT NULL,
    "wanted_mode" TEXT,
    "confirmed_mode" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "attachment_pkey" PRIMARY KEY ("volume_id","host_id")
);

-- CreateIndex
CREATE INDEX "host_created_at_id_idx" ON "host"("created_at", "id");

-- CreateIndex
CREATE INDEX "host_nqn_id_idx" ON "host"("nqn", "id");

-- CreateIndex
CREATE UNIQUE INDEX "host_created_by_idempotency_key_key" ON "host"("created_by", "idempotency_key");

-- CreateIndex
CREATE INDEX "attachment_host_id_idx" ON "attachment"("host_id");

-- AddForeignKey
ALTER TABLE "attachment" ADD CONSTRAINT "attachment_volume_id_fkey" FOREIGN KEY ("volume_id") REFERENCES "volume"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "attachment" ADD CONSTRAINT "attachment_host_id_fkey" FOREIGN KEY ("host_id") REFERENCES "host"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- What schema.prisma cannot say.

-- A host that was deleted frees its NQN.
CREATE UNIQUE INDEX "host_nqn_live" ON "host" ("nqn") WHERE "deleted_at" IS NULL;
ALTER TABLE "attachment" ADD CONSTRAINT "attachment_modes" CHECK (
  "wanted_mode" IN ('EXCLUSIVE', 'SHARED') AND "confirmed_mode" IN ('EXCLUSIVE', 'SHARED')
  AND num_nonnulls("wanted_mode", "confirmed_mode") > 0);
