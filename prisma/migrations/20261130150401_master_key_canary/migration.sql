-- What tells a process that it was given another master key than the others. The next start writes the one row.
CREATE TABLE "master_key_canary" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "sealed" BYTEA NOT NULL,

    CONSTRAINT "master_key_canary_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "master_key_canary_one" CHECK ("id" = 1)
);
