import type { Alert, AlertKind, AlertSeverity } from '../alerts/alert.ts'
import type { AlertId, ClusterId } from '../identity/ids.ts'
import type { Page, PageRequest, Where } from './page.ts'

export interface AlertConditions {
  readonly kind: readonly AlertKind[]
  readonly severity: readonly AlertSeverity[]
  readonly clusterId: readonly ClusterId[]
  readonly isOpen: boolean
}

/** Cleared alerts are kept in a bounded number, the newest of each cluster. */
export interface AlertReader {
  listAlerts(where: Where<AlertConditions>, page: PageRequest<'RAISED_AT'>): Promise<Page<Alert>>
  /** In the order of the ids; null for one that is not, or no longer, there. */
  alertsByIds(ids: readonly AlertId[]): Promise<readonly (Alert | null)[]>
}
