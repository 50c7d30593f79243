-- Whether changes that are under way have been asked of their clusters is not on record, so they count as asked. Locks
-- these volumes only; may be run twice.
UPDATE "volume" SET "change_asked_at" = clock_timestamp()
WHERE "state" IN ('RESIZING', 'UPDATING', 'RESTORING') AND "change_asked_at" IS NULL;
