-- CreateTable
CREATE TABLE "capacity_sample" (
    "cluster_id" TEXT NOT NULL,
    "resolution" TEXT NOT NULL,
    "bucket_at" TIMESTAMPTZ(0) NOT NULL,
    "observed_at" TIMESTAMPTZ(3) NOT NULL,
    "promised_min" BIGINT NOT NULL,
    "promised_max" BIGINT NOT NULL,
    "promised_last" BIGINT NOT NULL,
    "written_min" BIGINT NOT NULL,
    "written_max" BIGINT NOT NULL,
    "written_last" BIGINT NOT NULL,
    "effective_min" BIGINT NOT NULL,
    "effective_max" BIGINT NOT NULL,
    "effective_last" BIGINT NOT NULL,
    "free_min" BIGINT NOT NULL,
    "free_max" BIGINT NOT NULL,
    "free_last" BIGINT NOT NULL,

    CONSTRAINT "capacity_sample_pkey" PRIMARY KEY ("cluster_id","resolution","bucket_at")
);

-- CreateTable
CREATE TABLE "sweep_mark" (
    "name" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3),

    CONSTRAINT "sweep_mark_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE INDEX "capacity_sample_resolution_bucket_at_idx" ON "capacity_sample"("resolution", "bucket_at");
