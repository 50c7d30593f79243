import type { AlertReader } from '@flotilla/core/ports/alert-reader'
import type { CapacityHistoryReader } from '@flotilla/core/ports/capacity-history'
import type { Page } from '@flotilla/core/ports/page'

const EMPTY: Page<never> = { items: [], cursors: [], hasNextPage: false, totalCount: 0 }

/** A fleet without a past and without alerts; `note` is told of every list that is asked for. */
export function createMemoryHistory(
  note: (method: string, input: unknown) => void,
): CapacityHistoryReader & AlertReader {
  return {
    capacityHistory: async (clusterId, range, page) => {
      note('capacityHistory', { clusterId, range, page })
      return EMPTY
    },
    capacitySeriesByClusterIds: async (ids) => ids.map(() => []),
    listAlerts: async (where, page) => {
      note('listAlerts', { where, page })
      return EMPTY
    },
    alertsByIds: async (ids) => ids.map(() => null),
  }
}
