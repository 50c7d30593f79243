-- AlterTable
ALTER TABLE "volume" ADD COLUMN     "access_change" TEXT;

-- What is under way is finished as it was asked for. Touches volumes at work only, and may be run twice.
UPDATE "volume" SET "access_change" = 'BESIDE'
WHERE "state" = 'UPDATING' AND EXISTS (
  SELECT 1 FROM "attachment" WHERE "volume_id" = "volume"."id" AND "wanted_mode" IS DISTINCT FROM "confirmed_mode");
