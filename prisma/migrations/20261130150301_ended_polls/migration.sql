-- Number of the last poll that came to an end, whatever it was. A constant default, so no row is rewritten; until the next poll ends, the
-- ledger's number counts.
ALTER TABLE "cluster" ADD COLUMN "ended_sequence" BIGINT NOT NULL DEFAULT 0;
