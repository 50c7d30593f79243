-- Every poll moves next_poll_at: while it stands in an index, each of them writes a row to every index of the table.
-- Whoever looks for due clusters reads the whole table, which is small.
-- DropIndex
DROP INDEX "cluster_detached_at_next_poll_at_idx";
