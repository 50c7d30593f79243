-- When a cluster may last have been asked to take a snapshot, without an answer on record. Null in every row, without one being
-- rewritten; the table's lock is held for an instant.
ALTER TABLE "snapshot" ADD COLUMN "create_unknown_at" TIMESTAMPTZ(3);
