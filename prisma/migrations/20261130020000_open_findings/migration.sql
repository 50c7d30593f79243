-- What schema.prisma cannot say.

-- Open findings are counted at each evaluation of the alerts, for the whole fleet.
CREATE INDEX "finding_open" ON "finding" ("cluster_id", "kind") WHERE "state" = 'OPEN';
