-- The policy that an operation is about; a column without a default, so no row is rewritten.
ALTER TABLE "operation" ADD COLUMN "policy_name" TEXT;
