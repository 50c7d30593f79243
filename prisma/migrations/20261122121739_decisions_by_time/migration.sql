-- CreateIndex
CREATE INDEX "placement_batch_decided_at_id_idx" ON "placement_batch"("decided_at", "id");
