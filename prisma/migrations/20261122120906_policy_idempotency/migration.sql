-- AlterTable
ALTER TABLE "policy_revision" ADD COLUMN     "idempotency_key" TEXT,
ADD COLUMN     "input_fingerprint" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "policy_revision_created_by_idempotency_key_key" ON "policy_revision"("created_by", "idempotency_key");
