-- AlterTable
ALTER TABLE "cluster" ADD COLUMN     "credential_expires_at" TIMESTAMPTZ(3),
ADD COLUMN     "muted_until" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "alert" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "cluster_id" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "raised_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "quiet_since" TIMESTAMPTZ(3),
    "cleared_at" TIMESTAMPTZ(3),

    CONSTRAINT "alert_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "alert_cluster_id_raised_at_idx" ON "alert"("cluster_id", "raised_at");

-- CreateIndex
CREATE INDEX "alert_raised_at_id_idx" ON "alert"("raised_at", "id");

-- What schema.prisma cannot say.

-- Raised once for each cause, however many workers evaluate.
CREATE UNIQUE INDEX "alert_open" ON "alert" ("cluster_id", "kind") WHERE "cleared_at" IS NULL;
