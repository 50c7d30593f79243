-- AlterTable
ALTER TABLE "placement_batch" ADD COLUMN     "changes" JSON,
ADD COLUMN     "view_id" TEXT,
ALTER COLUMN "candidates" DROP NOT NULL,
ALTER COLUMN "policy" DROP NOT NULL;

-- AlterTable
ALTER TABLE "placement_decision" ADD COLUMN     "details_removed_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "policy_shadow" (
    "policy_name" TEXT NOT NULL,
    "shadow_name" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "decisions" BIGINT NOT NULL DEFAULT 0,
    "differences" BIGINT NOT NULL DEFAULT 0,
    "refusals_only_by_shadow" BIGINT NOT NULL DEFAULT 0,
    "refusals_only_by_active" BIGINT NOT NULL DEFAULT 0,
    "skipped_batches" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "policy_shadow_pkey" PRIMARY KEY ("policy_name")
);

-- CreateTable
CREATE TABLE "shadow_difference" (
    "sequence" BIGSERIAL NOT NULL,
    "policy_name" TEXT NOT NULL,
    "decision_id" TEXT NOT NULL,
    "policy_revision" INTEGER NOT NULL,
    "shadow_revision" INTEGER NOT NULL,
    "cluster_id" TEXT,
    "shadow_cluster_id" TEXT,
    "ratio" DOUBLE PRECISION,
    "shadow_ratio" DOUBLE PRECISION,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "shadow_difference_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "placement_view" (
    "id" TEXT NOT NULL,
    "fleet" JSON NOT NULL,
    "policy" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "placement_view_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "shadow_difference_policy_name_sequence_idx" ON "shadow_difference"("policy_name", "sequence");

-- CreateIndex
CREATE INDEX "placement_view_created_at_idx" ON "placement_view"("created_at");

-- CreateIndex
CREATE INDEX "placement_batch_view_id_idx" ON "placement_batch"("view_id");

-- AddForeignKey
ALTER TABLE "policy_shadow" ADD CONSTRAINT "policy_shadow_policy_name_fkey" FOREIGN KEY ("policy_name") REFERENCES "policy"("name") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "policy_shadow" ADD CONSTRAINT "policy_shadow_shadow_name_fkey" FOREIGN KEY ("shadow_name") REFERENCES "policy"("name") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "shadow_difference" ADD CONSTRAINT "shadow_difference_policy_name_fkey" FOREIGN KEY ("policy_name") REFERENCES "policy_shadow"("policy_name") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "placement_batch" ADD CONSTRAINT "placement_batch_view_id_fkey" FOREIGN KEY ("view_id") REFERENCES "placement_view"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- A batch has what it saw either whole, as before views, or as a difference from one.
ALTER TABLE "placement_batch" ADD CONSTRAINT "placement_batch_saw_something" CHECK (num_nonnulls("candidates", "view_id") = 1);
