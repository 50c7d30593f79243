-- Whether restores that are under way were answered is not on record, so they count as not. Locks these volumes only; may be run twice.
UPDATE "volume" SET "restore_unknown_at" = "change_asked_at"
WHERE "state" = 'RESTORING' AND "restore_unknown_at" IS NULL;
