import { type RequestFilter, reject } from './filter.ts'

export const isNotExcluded: RequestFilter = {
  name: 'EXCLUSION',
  refuse: ({ excludedClusterIds }, { clusterId }) =>
    excludedClusterIds.includes(clusterId)
      ? reject('EXCLUDED', 'has refused this volume', 'nothing for this volume; a new request asks it again')
      : null,
  passes: () => 'has not refused this volume',
}
