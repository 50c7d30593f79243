-- AlterTable
ALTER TABLE "volume" ADD COLUMN     "generation" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "settled_generation" INTEGER NOT NULL DEFAULT 0;

-- What was at rest already has nothing under way.
UPDATE "volume" SET "settled_generation" = 1 WHERE "state" NOT IN ('CREATING', 'RESIZING', 'UPDATING', 'RESTORING', 'DELETING');
