-- Snapshots that others keep of a volume. One that we made begins with none. What was adopted may have had some: unknown until
-- the next inventory. The table's lock is held for an instant; the update touches adopted volumes only, by their own index.
ALTER TABLE "volume" ADD COLUMN "foreign_snapshot_count" INTEGER DEFAULT 0;
UPDATE "volume" SET "foreign_snapshot_count" = NULL WHERE "adopted_at" IS NOT NULL;
