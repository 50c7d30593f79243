-- What schema.prisma cannot say.

-- Volumes that no inventory contains yet are counted under the placement lock, where a policy or a shadow limits their number.
-- Deleted ones are kept for ever, and are not looked at for it. Writes to volumes wait while the index is built; it holds few.
CREATE INDEX "volume_unseen" ON "volume" ("cluster_id")
  WHERE "observed_bytes" = 0 AND "state" NOT IN ('DELETED', 'FAILED', 'MISSING', 'RELEASED');
