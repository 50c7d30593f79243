-- Which key of ours a cluster was last seen to accept. A column without a default, so no row is rewritten.
ALTER TABLE "cluster" ADD COLUMN "accepted_key_id" TEXT;
