-- The revision that an operation has made of a policy; a column without a default, so no row is rewritten.
ALTER TABLE "operation" ADD COLUMN "policy_revision" INTEGER;

-- Each revision that somebody has asked for becomes an operation, and a key stands for one request over all kinds. Where an actor
-- has used one for a policy and for something else, it stays with the latter; a repetition of the former is known by its fingerprint.
-- What began a policy anew after a deletion is told by the deletion's own record. One transaction with the columns' end, under a lock that keeps
-- revisions from being added: none is left out, and none comes twice. There are few.
LOCK TABLE "policy_revision" IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO "operation" ("id", "kind", "state", "policy_name", "policy_revision", "actor", "idempotency_key", "input_fingerprint",
                         "created_at", "started_at", "finished_at")
SELECT 'op_' || substr(made.ms, 1, 8) || '-' || substr(made.ms, 9) || '-7' || substr(gen_random_uuid()::text, 16),
       CASE WHEN made.revision = 1 OR made.is_anew THEN 'CREATE_POLICY' ELSE 'UPDATE_POLICY' END,
       'SUCCEEDED', made.name, made.revision, made.created_by,
       CASE WHEN NOT made.is_taken THEN made.idempotency_key END,
       made.input_fingerprint, made.created_at, made.created_at, made.created_at
FROM (
  SELECT own.*,
         lpad(to_hex((extract(epoch FROM own.created_at) * 1000)::bigint), 12, '0') AS ms,
         EXISTS (SELECT FROM "operation" WHERE actor = own.created_by AND idempotency_key = own.idempotency_key) AS is_taken,
         EXISTS (SELECT FROM "operation" AS deletion, "policy_revision" AS former
                 WHERE deletion.kind = 'DELETE_POLICY' AND deletion.policy_name = own.name
                   AND former.name = own.name AND former.revision = own.revision - 1
                   AND deletion.created_at BETWEEN former.created_at AND own.created_at) AS is_anew
  FROM "policy_revision" AS own
  WHERE own.created_by <> 'flotilla' OR own.idempotency_key IS NOT NULL
) AS made;

-- DropIndex
DROP INDEX "policy_revision_created_by_idempotency_key_key";

-- AlterTable
ALTER TABLE "policy_revision" DROP COLUMN "idempotency_key",
DROP COLUMN "input_fingerprint";
