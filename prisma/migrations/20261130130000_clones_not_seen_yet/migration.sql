-- Clones that others made were recorded as none for every volume that was here before, though nobody had looked. Unknown, for all of
-- them, until the next inventory; one that is made from now on begins with none. Columns that come anew without a default are
-- null in every row without one being rewritten. The table's lock is held for an instant.
ALTER TABLE "volume" DROP COLUMN "foreign_clone_count",
                     DROP COLUMN "observed_clone";
ALTER TABLE "volume" ADD COLUMN "foreign_clone_count" INTEGER,
                     ADD COLUMN "observed_clone" BOOLEAN;
ALTER TABLE "volume" ALTER COLUMN "foreign_clone_count" SET DEFAULT 0,
                     ALTER COLUMN "observed_clone" SET DEFAULT false;
