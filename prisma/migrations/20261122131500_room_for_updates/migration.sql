-- Rows that are changed soon after they were written find room on their own page, so that a change which touches no
-- indexed column (a lease, a figure) writes no index at all.
ALTER TABLE "volume" SET (fillfactor = 60);
ALTER TABLE "operation" SET (fillfactor = 60);
ALTER TABLE "cluster" SET (fillfactor = 50);
ALTER TABLE "cluster_capacity" SET (fillfactor = 50);
