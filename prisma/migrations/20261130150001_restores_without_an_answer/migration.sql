-- When a cluster may last have been asked to put a volume back, without an answer on record. Null in every row, without one being
-- rewritten; the table's lock is held for an instant.
ALTER TABLE "volume" ADD COLUMN "restore_unknown_at" TIMESTAMPTZ(3);
