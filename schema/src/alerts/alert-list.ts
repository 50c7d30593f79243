import type { AlertKind, AlertSeverity } from '@flotilla/core/alerts/alert'
import type { AlertConditions } from '@flotilla/core/ports/alert-reader'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { readId } from '../identity/parse-node-id.ts'
import { pageArgs } from '../paging/page-args.ts'
import { pageComplexity, readPage, toConnection } from '../paging/read-page.ts'
import { type Combination, readWhere } from '../paging/read-where.ts'
import { alert, alertKind, alertSeverity } from './alert.ts'

interface AlertFilter extends Combination<AlertFilter> {
  readonly kind?: readonly AlertKind[] | null
  readonly severity?: readonly AlertSeverity[] | null
  readonly clusterId?: readonly string[] | null
  readonly open?: boolean | null
}

const alertFilter = builder.inputRef<AlertFilter>('AlertFilter')
alertFilter.implement({
  description: 'Which alerts a list has. Conditions side by side must all hold.',
  fields: (t) => ({
    and: t.field({ type: [alertFilter], description: 'All of these hold.' }),
    or: t.field({ type: [alertFilter], description: 'At least one of these holds.' }),
    not: t.field({ type: alertFilter, description: 'This does not hold.' }),
    kind: t.field({ type: [alertKind], description: 'The kind is one of these.' }),
    severity: t.field({ type: [alertSeverity], description: 'The severity is one of these.' }),
    clusterId: t.idList({ description: 'It is about one of these clusters.' }),
    open: t.boolean({ description: 'True: it stands. False: it was cleared.' }),
  }),
})

const alertConnection = builder.connectionObject(
  { type: alert, name: 'AlertConnection', description: 'A page of alerts.' },
  { name: 'AlertEdge', description: 'An alert and its position in the list.' },
)

const NEWEST_FIRST = { field: 'RAISED_AT', direction: 'DESC' } as const

const alertListArgs = builder.args((t) => ({
  ...pageArgs,
  where: t.field({ type: alertFilter, description: 'Which alerts; all when absent.' }),
}))

builder.queryField('alerts', (t) =>
  t.field({
    type: alertConnection,
    description:
      'Alerts, open and cleared, the newest first. The newest 200 cleared ones of a cluster are kept.',
    complexity: pageComplexity,
    args: alertListArgs,
    resolve: async (_root, args, { reader }) => {
      const page = readPage(args, NEWEST_FIRST)
      const where = readWhere<AlertFilter, AlertConditions>(args.where, readConditions)
      return toConnection(await reader.listAlerts(where, page), page)
    },
  }),
)

builder.objectField(cluster, 'alerts', (t) =>
  t.field({
    type: alertConnection,
    description: 'Alerts about this cluster, open and cleared, the newest first.',
    complexity: pageComplexity,
    args: alertListArgs,
    resolve: async ({ id }, args, { reader }) => {
      const page = readPage(args, NEWEST_FIRST)
      const where = readWhere<AlertFilter, AlertConditions>(args.where, readConditions)
      return toConnection(await reader.listAlerts({ and: [{ clusterId: [id] }, where] }, page), page)
    },
  }),
)

function readConditions({ kind, severity, clusterId, open }: AlertFilter, path: string) {
  return {
    ...(kind && { kind }),
    ...(severity && { severity }),
    ...(clusterId && {
      clusterId: clusterId.map((id, index) => readId('Cluster', id, `${path}.clusterId.${index}`)),
    }),
    ...(typeof open === 'boolean' && { isOpen: open }),
  }
}
