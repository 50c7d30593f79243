-- AlterTable
ALTER TABLE "operation" ADD COLUMN     "former_id" TEXT,
ADD COLUMN     "parent_id" TEXT,
ADD COLUMN     "request" JSONB;

-- AlterTable
ALTER TABLE "volume" ADD COLUMN     "change_asked_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "bulk_operation" (
    "operation_id" TEXT NOT NULL,
    "request" JSONB NOT NULL,
    "pending" INTEGER NOT NULL,
    "running" INTEGER NOT NULL DEFAULT 0,
    "succeeded" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "cancelled" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "bulk_operation_pkey" PRIMARY KEY ("operation_id")
);

-- CreateTable
CREATE TABLE "bulk_item" (
    "operation_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "volume_id" TEXT,
    "input" JSONB,
    "begun_at" TIMESTAMPTZ(3),
    "child_id" TEXT,

    CONSTRAINT "bulk_item_pkey" PRIMARY KEY ("operation_id","position")
);

-- AddForeignKey
ALTER TABLE "bulk_operation" ADD CONSTRAINT "bulk_operation_operation_id_fkey" FOREIGN KEY ("operation_id") REFERENCES "operation"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "bulk_item" ADD CONSTRAINT "bulk_item_operation_id_fkey" FOREIGN KEY ("operation_id") REFERENCES "bulk_operation"("operation_id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- What is part of another operation, or repeats or cancels one, is rare: whatever is neither stays out of these.
CREATE INDEX "operation_parent" ON "operation" ("parent_id", "created_at") WHERE "parent_id" IS NOT NULL;
CREATE INDEX "operation_former" ON "operation" ("former_id") WHERE "former_id" IS NOT NULL;
CREATE INDEX "bulk_operation_unfinished" ON "bulk_operation" ("due_at") WHERE "finished_at" IS NULL;
CREATE INDEX "bulk_item_open" ON "bulk_item" ("operation_id", "position") WHERE "child_id" IS NULL;
