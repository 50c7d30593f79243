import type { Alert } from '@flotilla/core/alerts/alert'
import type { AlertConditions, AlertReader } from '@flotilla/core/ports/alert-reader'
import type { Where } from '@flotilla/core/ports/page'
import type { Alert as AlertRow, Prisma, PrismaClient } from '../generated/client.ts'
import { readPage } from '../reader/read-page.ts'
import { oneOf, toPrismaWhere } from '../reader/where.ts'

export function createAlertReader(prisma: PrismaClient): AlertReader {
  return {
    listAlerts(conditions, page) {
      const where = alertWhere(conditions)
      const direction = page.orderBy.direction === 'ASC' ? 'asc' : 'desc'
      const orderBy: Prisma.AlertOrderByWithRelationInput[] = [{ raisedAt: direction }, { id: direction }]
      return readPage(
        page,
        (query) => prisma.alert.findMany({ where, orderBy, ...query }),
        () => prisma.alert.count({ where }),
        toAlert,
      )
    },

    async alertsByIds(ids) {
      const rows = await prisma.alert.findMany({ where: { id: { in: [...ids] } } })
      const byId = new Map<string, Alert>(rows.map((row) => [row.id, toAlert(row)]))
      return ids.map((id) => byId.get(id) ?? null)
    },
  }
}

/** Rows are written by this package only, so their texts are taken at their word. */
function toAlert(row: AlertRow): Alert {
  return row as Alert
}

function alertWhere(where: Where<AlertConditions>): Prisma.AlertWhereInput {
  return toPrismaWhere(where, ({ kind, severity, clusterId, isOpen }) => [
    {
      kind: oneOf(kind),
      severity: oneOf(severity),
      clusterId: oneOf(clusterId),
      ...(isOpen !== undefined && { clearedAt: isOpen ? null : { not: null } }),
    },
  ])
}
