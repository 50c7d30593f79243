import { formatBytes } from '../../units/bytes.ts'
import { type FiguresFilter, reject } from './filter.ts'

export const hasEffectiveCapacity: FiguresFilter = {
  name: 'EFFECTIVE_CAPACITY',
  refuse: ({ figures }) =>
    figures.effectiveBytes > 0n
      ? null
      : reject('NO_EFFECTIVE_CAPACITY', 'reports no effective capacity', 'usable storage on the cluster'),
  passes: ({ figures }) => `reports ${formatBytes(figures.effectiveBytes)} of effective capacity`,
}
