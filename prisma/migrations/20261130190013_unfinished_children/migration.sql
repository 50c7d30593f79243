-- What schema.prisma cannot say. Whether something of a bulk operation has ended is asked each second, and read from here alone. Few operations are
-- part of another one, so building it takes a moment, in which none is written.
CREATE INDEX "operation_unfinished_child" ON "operation" ("parent_id") WHERE "parent_id" IS NOT NULL AND "state" IN ('PENDING', 'RUNNING');
