-- CreateTable
CREATE TABLE "cluster_drain" (
    "operation_id" TEXT NOT NULL,
    "cluster_id" TEXT NOT NULL,
    "former_admin_state" TEXT NOT NULL,
    "volumes_total" INTEGER NOT NULL,
    "snapshots_total" INTEGER NOT NULL,
    "bytes_total" BIGINT NOT NULL,
    "volumes_left" INTEGER NOT NULL,
    "snapshots_left" INTEGER NOT NULL,
    "bytes_left" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "counted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "cluster_drain_pkey" PRIMARY KEY ("operation_id")
);

-- CreateIndex
CREATE INDEX "cluster_drain_cluster_id_created_at_idx" ON "cluster_drain"("cluster_id", "created_at");

-- The sweep looks for drains that go on every second; there are few of them among all operations.
CREATE INDEX "operation_draining" ON "operation" ("cluster_id") WHERE "kind" = 'DRAIN_CLUSTER' AND "state" = 'RUNNING';
