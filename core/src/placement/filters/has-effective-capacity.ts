import { type FiguresFilter, reject } from './filter.ts'

export const hasEffectiveCapacity: FiguresFilter = ({ figures }) =>
  figures.effectiveBytes > 0n
    ? null
    : reject('NO_EFFECTIVE_CAPACITY', 'reports no effective capacity', 'usable storage on the cluster')
