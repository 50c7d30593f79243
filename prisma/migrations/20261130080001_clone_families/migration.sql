-- Clones that others made of a volume, and whether its cluster says that it is one. What we made says so in its own record. What
-- was adopted may have some, or be one: unknown until the next inventory. Constant defaults, so no row is rewritten; the update
-- touches adopted volumes only, by their own index.
ALTER TABLE "volume" ADD COLUMN "foreign_clone_count" INTEGER DEFAULT 0,
                     ADD COLUMN "observed_clone" BOOLEAN DEFAULT false;
UPDATE "volume" SET "foreign_clone_count" = NULL, "observed_clone" = NULL WHERE "adopted_at" IS NOT NULL;
