-- Whether a cluster has taken a change that it may work on for longer than a lease. A constant default, so no row is rewritten.
ALTER TABLE "volume" ADD COLUMN "change_taken" BOOLEAN NOT NULL DEFAULT false;
