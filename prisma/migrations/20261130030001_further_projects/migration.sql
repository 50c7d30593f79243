-- Which projects of a cluster besides ours have volumes of ours: adopted ones, and clones of them, which were not adopted.
-- Writes to volumes wait while the index is built; it holds few of them.
DROP INDEX "volume_adopted";
CREATE INDEX "volume_further_projects" ON "volume" ("cluster_id", "backend_project") WHERE "backend_project" <> 'default';
