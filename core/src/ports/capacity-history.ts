import type { CapacitySample, SeriesPoint } from '../capacity/capacity-sample.ts'
import type { CapacityResolution } from '../capacity/resolution.ts'
import type { ClusterId } from '../identity/ids.ts'
import type { Page } from './page.ts'

export interface HistoryRange {
  /** Samples that begin at or after this and before `to`. */
  readonly from: Date
  readonly to: Date
  readonly resolution: CapacityResolution
}

/** The past of the ledger's figures, as samples. Of hours and days only those that are over have one. */
export interface CapacityHistoryReader {
  /**
   * One page, the oldest first.
   *
   * @param clusterId null for sums over the clusters that are members now
   * @param page `after` is a cursor of an earlier page. @throws InvalidInputError when it is none
   */
  capacityHistory(
    clusterId: ClusterId | null,
    range: HistoryRange,
    page: { readonly first: number; readonly after: string | null },
  ): Promise<Page<CapacitySample>>
  /** What forecasts rest on, in order of time: 60 days by days, or two weeks by hours while there are too few days. */
  capacitySeriesByClusterIds(ids: readonly ClusterId[]): Promise<readonly (readonly SeriesPoint[])[]>
}
