import type { PolicyShadow, RecordedDifference } from '@flotilla/core/policies/policy-shadow'
import type { StoredPolicy } from '@flotilla/core/policies/stored-policy'
import type { PolicyReader } from '@flotilla/core/ports/policy-store'
import type { Database } from '../database/connect.ts'
import type {
  PolicyRevision,
  PolicyShadow as PolicyShadowRow,
  ShadowDifference,
} from '../generated/client.ts'
import { GONE } from '../volumes/gone.ts'
import { toStoredPolicy } from './policy-row.ts'

const CURRENT = `SELECT revision.name, revision.revision, revision.document, revision.created_at AS "createdAt",
    revision.created_by AS "createdBy"
  FROM policy JOIN policy_revision AS revision
    ON revision.name = policy.name AND revision.revision = policy.current_revision`

export function createPolicyReader({ pool, prisma }: Database): PolicyReader {
  return {
    async listPolicies() {
      const { rows } = await pool.query<PolicyRevision>(`${CURRENT} ORDER BY policy.name COLLATE "C"`)
      return rows.map(toStoredPolicy)
    },

    async policiesByNames(names) {
      const { rows } = await pool.query<PolicyRevision>(`${CURRENT} WHERE policy.name = ANY ($1)`, [names])
      const byName = new Map<string, StoredPolicy>(rows.map((row) => [row.name, toStoredPolicy(row)]))
      return names.map((name) => byName.get(name) ?? null)
    },

    async policyRevision(name, revision) {
      const row = await prisma.policyRevision.findUnique({ where: { name_revision: { name, revision } } })
      return row && toStoredPolicy(row)
    },

    async policyRevisions(name, limit) {
      const rows = await prisma.policyRevision.findMany({
        where: { name },
        orderBy: { revision: 'desc' },
        take: limit,
      })
      return rows.map(toStoredPolicy)
    },

    async volumeCountsByPolicies(names) {
      const { rows } = await pool.query<{ name: string; count: bigint }>(
        `SELECT policy_name AS name, count(*) FROM volume
         WHERE policy_name = ANY ($1) AND state NOT IN ${GONE} GROUP BY policy_name`,
        [names],
      )
      const byName = new Map(rows.map((row) => [row.name, Number(row.count)]))
      return names.map((name) => byName.get(name) ?? 0)
    },

    async shadowsByPolicies(names) {
      const rows = await prisma.policyShadow.findMany({ where: { policyName: { in: [...names] } } })
      const byName = new Map(rows.map((row) => [row.policyName, toShadow(row)]))
      return names.map((name) => byName.get(name) ?? null)
    },

    async shadowDifferences(name, limit) {
      const rows = await prisma.shadowDifference.findMany({
        where: { policyName: name },
        orderBy: { sequence: 'desc' },
        take: limit,
      })
      return rows.map(toDifference)
    },
  }
}

function toShadow(row: PolicyShadowRow): PolicyShadow {
  return {
    ...row,
    decisions: Number(row.decisions),
    differences: Number(row.differences),
    refusalsOnlyByShadow: Number(row.refusalsOnlyByShadow),
    refusalsOnlyByActive: Number(row.refusalsOnlyByActive),
    skippedBatches: Number(row.skippedBatches),
  }
}

function toDifference({ sequence: _, policyName: __, ...row }: ShadowDifference): RecordedDifference {
  return row as RecordedDifference
}
