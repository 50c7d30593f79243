-- A released volume frees its name, counts with no group and holds no policy. Takes a lock on the table while the indexes
-- are built; may be run twice.
DROP INDEX IF EXISTS "volume_name_live";
CREATE UNIQUE INDEX "volume_name_live" ON "volume" ("project", "name")
  WHERE "state" NOT IN ('DELETED', 'FAILED', 'RELEASED');
DROP INDEX IF EXISTS "volume_group_live";
CREATE INDEX "volume_group_live" ON "volume" ("placement_group") WHERE
  "placement_group" IS NOT NULL AND "state" NOT IN ('DELETED', 'FAILED', 'RELEASED');
DROP INDEX IF EXISTS "volume_policy_live";
CREATE INDEX "volume_policy_live" ON "volume" ("policy_name") WHERE "state" NOT IN ('DELETED', 'FAILED', 'RELEASED');
