-- AlterTable
ALTER TABLE "operation" ADD COLUMN     "outcome" JSONB;

-- AlterTable
ALTER TABLE "volume" ADD COLUMN     "adopted_at" TIMESTAMPTZ(3),
ADD COLUMN     "backend_project" TEXT NOT NULL DEFAULT 'default',
ADD COLUMN     "forgotten_at" TIMESTAMPTZ(3),
ADD COLUMN     "observed_name" TEXT,
ADD COLUMN     "written" JSONB,
ALTER COLUMN "decision_id" DROP NOT NULL;

-- CreateTable
CREATE TABLE "finding" (
    "id" TEXT NOT NULL,
    "cluster_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'OPEN',
    "name" TEXT NOT NULL,
    "volume_id" TEXT,
    "wanted" JSONB,
    "written" JSONB,
    "observed" JSONB,
    "digest" TEXT NOT NULL DEFAULT '',
    "reverted_digest" TEXT,
    "ignored_until" TIMESTAMPTZ(3),
    "opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "resolved_at" TIMESTAMPTZ(3),
    "history" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "finding_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cluster_findings" (
    "cluster_id" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL DEFAULT 0,
    "digest" TEXT,

    CONSTRAINT "cluster_findings_pkey" PRIMARY KEY ("cluster_id")
);

-- CreateIndex
CREATE INDEX "finding_opened_at_id_idx" ON "finding"("opened_at", "id");

-- CreateIndex
CREATE INDEX "finding_state_opened_at_id_idx" ON "finding"("state", "opened_at", "id");

-- CreateIndex
CREATE INDEX "finding_volume_id_idx" ON "finding"("volume_id");

-- CreateIndex
CREATE UNIQUE INDEX "finding_cluster_id_kind_subject_key" ON "finding"("cluster_id", "kind", "subject");

-- AddForeignKey
ALTER TABLE "finding" ADD CONSTRAINT "finding_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "cluster_findings" ADD CONSTRAINT "cluster_findings_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- What schema.prisma cannot say.
CREATE INDEX "finding_ignored" ON "finding" ("ignored_until") WHERE "state" = 'IGNORED';
CREATE INDEX "finding_resolved" ON "finding" ("resolved_at") WHERE "state" = 'RESOLVED';
-- Volumes that are not found by a name of ours.
CREATE INDEX "volume_adopted" ON "volume" ("cluster_id", "backend_project") WHERE "adopted_at" IS NOT NULL;
