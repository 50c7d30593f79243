-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "cluster" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "driver" TEXT NOT NULL,
    "endpoints" TEXT[],
    "tls" JSONB NOT NULL,
    "credential_kind" TEXT NOT NULL,
    "credential_sealed" BYTEA,
    "labels" JSONB NOT NULL DEFAULT '{}',
    "admin_state" TEXT NOT NULL DEFAULT 'ACTIVE',
    "connection" TEXT NOT NULL DEFAULT 'PENDING',
    "connection_error" TEXT,
    "connection_since" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "health" TEXT NOT NULL DEFAULT 'UNKNOWN',
    "health_message" TEXT,
    "nodes" JSONB NOT NULL DEFAULT '[]',
    "backend_id" TEXT,
    "version" TEXT,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "access_revision" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "detached_at" TIMESTAMPTZ(3),
    "poll_sequence" BIGINT NOT NULL DEFAULT 0,
    "poll_failures" INTEGER NOT NULL DEFAULT 0,
    "next_poll_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "inventory_due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "cluster_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cluster_capacity" (
    "cluster_id" TEXT NOT NULL,
    "provisioned_bytes" BIGINT NOT NULL,
    "pending_bytes" BIGINT NOT NULL,
    "effective_bytes" BIGINT NOT NULL,
    "used_bytes" BIGINT NOT NULL,
    "free_bytes" BIGINT NOT NULL,
    "provisioned_ratio" DOUBLE PRECISION,
    "reported_bytes" BIGINT NOT NULL,
    "mismatched_polls" INTEGER NOT NULL DEFAULT 0,
    "max_replicas" INTEGER NOT NULL,
    "volume_count" INTEGER NOT NULL,
    "foreign_volume_count" INTEGER NOT NULL,
    "observed_at" TIMESTAMPTZ(3) NOT NULL,
    "inventory_at" TIMESTAMPTZ(3) NOT NULL,
    "sequence" BIGINT NOT NULL,

    CONSTRAINT "cluster_capacity_pkey" PRIMARY KEY ("cluster_id")
);

-- CreateTable
CREATE TABLE "volume" (
    "id" TEXT NOT NULL,
    "project" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "replicas" INTEGER NOT NULL,
    "compression" BOOLEAN NOT NULL,
    "labels" JSONB NOT NULL DEFAULT '{}',
    "state" TEXT NOT NULL,
    "cluster_id" TEXT NOT NULL,
    "backend_name" TEXT NOT NULL,
    "backend_id" TEXT,
    "observed_bytes" BIGINT NOT NULL DEFAULT 0,
    "observed_size_bytes" BIGINT,
    "observed_state" TEXT,
    "observed_protection" TEXT,
    "observed_at" TIMESTAMPTZ(3),
    "decision_id" TEXT NOT NULL,
    "policy_name" TEXT NOT NULL DEFAULT 'default',
    "policy_revision" INTEGER NOT NULL DEFAULT 1,
    "placement_group" TEXT,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "deleted_at" TIMESTAMPTZ(3),
    "lease_number" BIGINT NOT NULL DEFAULT 0,
    "leased_until" TIMESTAMPTZ(3),
    "next_reconcile_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "acknowledged_at" TIMESTAMPTZ(3),
    "create_unknown_at" TIMESTAMPTZ(3),

    CONSTRAINT "volume_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "operation" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "cluster_id" TEXT,
    "volume_id" TEXT,
    "actor" TEXT NOT NULL,
    "idempotency_key" TEXT,
    "input_fingerprint" TEXT,
    "progress" TEXT,
    "attempt_count" INTEGER NOT NULL DEFAULT 0,
    "attempts" JSONB NOT NULL DEFAULT '[]',
    "error_code" TEXT,
    "error_message" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "operation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "policy" (
    "name" TEXT NOT NULL,
    "current_revision" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "policy_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "policy_revision" (
    "name" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "document" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "created_by" TEXT NOT NULL,

    CONSTRAINT "policy_revision_pkey" PRIMARY KEY ("name","revision")
);

-- CreateTable
CREATE TABLE "placement_batch" (
    "id" TEXT NOT NULL,
    "candidates" JSONB NOT NULL,
    "policy" JSONB NOT NULL,
    "groups" JSONB NOT NULL DEFAULT '{}',
    "decided_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "placement_batch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "placement_decision" (
    "id" TEXT NOT NULL,
    "hop" INTEGER NOT NULL,
    "batch_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "volume_id" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "replicas" INTEGER NOT NULL,
    "excluded_cluster_ids" TEXT[],
    "grows_on" TEXT,
    "placement_group" TEXT,
    "policy_name" TEXT NOT NULL,
    "policy_revision" INTEGER NOT NULL,
    "cluster_id" TEXT,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "placement_decision_pkey" PRIMARY KEY ("id","hop")
);

-- CreateTable
CREATE TABLE "event" (
    "sequence" BIGSERIAL NOT NULL,
    "transaction" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "kind" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "event_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "event_floor" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "transaction" xid8 NOT NULL,
    "sequence" BIGINT NOT NULL,

    CONSTRAINT "event_floor_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service_key" (
    "key_id" TEXT NOT NULL,
    "public_key_pem" TEXT NOT NULL,
    "private_key_sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "service_key_pkey" PRIMARY KEY ("key_id")
);

-- CreateTable
CREATE TABLE "token" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "token_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "cluster_detached_at_next_poll_at_idx" ON "cluster"("detached_at", "next_poll_at");

-- CreateIndex
CREATE INDEX "volume_cluster_id_state_idx" ON "volume"("cluster_id", "state");

-- CreateIndex
CREATE INDEX "volume_created_at_id_idx" ON "volume"("created_at", "id");

-- CreateIndex
CREATE INDEX "volume_name_id_idx" ON "volume"("name", "id");

-- CreateIndex
CREATE INDEX "volume_size_bytes_id_idx" ON "volume"("size_bytes", "id");

-- CreateIndex
CREATE INDEX "operation_volume_id_created_at_idx" ON "operation"("volume_id", "created_at");

-- CreateIndex
CREATE INDEX "operation_cluster_id_created_at_idx" ON "operation"("cluster_id", "created_at");

-- CreateIndex
CREATE INDEX "operation_created_at_id_idx" ON "operation"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "operation_actor_idempotency_key_key" ON "operation"("actor", "idempotency_key");

-- CreateIndex
CREATE INDEX "placement_decision_batch_id_position_idx" ON "placement_decision"("batch_id", "position");

-- CreateIndex
CREATE INDEX "event_transaction_sequence_idx" ON "event"("transaction", "sequence");

-- AddForeignKey
ALTER TABLE "cluster_capacity" ADD CONSTRAINT "cluster_capacity_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What schema.prisma cannot say.

-- A detached cluster and a deleted volume free their names.
CREATE UNIQUE INDEX "cluster_name_live" ON "cluster" ("name") WHERE "detached_at" IS NULL;
CREATE UNIQUE INDEX "volume_name_live" ON "volume" ("project", "name") WHERE "state" NOT IN ('DELETED', 'FAILED');
CREATE INDEX "volume_not_at_rest" ON "volume" ("next_reconcile_at") WHERE
  "state" IN ('CREATING', 'RESIZING', 'DELETING') OR ("state" IN ('DELETED', 'FAILED') AND "observed_bytes" > 0);
CREATE INDEX "volume_group_live" ON "volume" ("placement_group") WHERE
  "placement_group" IS NOT NULL AND "state" NOT IN ('DELETED', 'FAILED');
CREATE INDEX "volume_policy_live" ON "volume" ("policy_name") WHERE "state" NOT IN ('DELETED', 'FAILED');
CREATE INDEX "operation_unfinished" ON "operation" ("cluster_id") WHERE "state" IN ('PENDING', 'RUNNING');

-- One cluster is a member once, whatever names it is registered under.
CREATE UNIQUE INDEX "cluster_backend_live" ON "cluster" ("driver", "backend_id") WHERE "detached_at" IS NULL AND "backend_id" IS NOT NULL;

ALTER TABLE "volume" ADD CONSTRAINT "volume_size_positive" CHECK ("size_bytes" > 0 AND "size_bytes" <= 1152921504606846976);
ALTER TABLE "volume" ADD CONSTRAINT "volume_observed_not_negative" CHECK ("observed_bytes" >= 0);
ALTER TABLE "cluster_capacity" ADD CONSTRAINT "capacity_not_negative" CHECK (
  "provisioned_bytes" >= 0 AND "pending_bytes" >= 0 AND "effective_bytes" >= 0 AND "used_bytes" >= 0 AND "free_bytes" >= 0);

INSERT INTO "event_floor" ("id", "transaction", "sequence") VALUES (1, pg_current_xact_id(), 0);
