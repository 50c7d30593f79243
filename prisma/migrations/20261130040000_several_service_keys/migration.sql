-- Keys follow one another by number; a retired one has no private half any more. Columns with a constant default or none,
-- so no row is rewritten.
ALTER TABLE "service_key" ADD COLUMN "number" INTEGER NOT NULL DEFAULT 1,
                          ADD COLUMN "retired_at" TIMESTAMPTZ(3),
                          ALTER COLUMN "private_key_sealed" DROP NOT NULL;

-- CreateIndex
CREATE UNIQUE INDEX "service_key_number_key" ON "service_key"("number");

ALTER TABLE "service_key" ADD CONSTRAINT "service_key_retired_or_sealed" CHECK (num_nonnulls("private_key_sealed", "retired_at") = 1);
