import { expect, test } from 'vitest'
import type { ClusterStatistics } from '../ports/cluster-driver.ts'
import { isQuiet, type PollBackground } from './is-quiet.ts'
import type { Observation } from './observation.ts'

const STATISTICS: ClusterStatistics = {
  identity: { backendId: 'b', name: null, version: null, endpoints: [] },
  effectiveBytes: 10n,
  usedBytes: 1n,
  freeBytes: 9n,
  provisionedBytes: 5n,
  maxReplicas: 3,
  health: 'OK',
  healthMessage: null,
  nodes: [],
  dataPath: null,
}
const AS_BEFORE: PollBackground = {
  connection: 'CONNECTED',
  failures: 0,
  last: { reportedBytes: 5n },
  acceptedKeyId: 'flotilla',
}
const OBSERVATION: Observation = {
  statistics: STATISTICS,
  inventory: null,
  isInventoryOwed: false,
  acceptedKeyId: 'flotilla',
}
const inventory: Observation['inventory'] = {
  volumes: [],
  snapshots: [],
  foreignSnapshots: new Map(),
  sources: new Map(),
  further: { count: 0, provisionedBytes: 0n, clones: new Map() },
}

test.each<
  [name: string, background: Partial<PollBackground>, observation: Partial<Observation>, quiet: boolean]
>([
  ['as before', {}, {}, true],
  ['with an inventory', {}, { inventory }, false],
  ['after a failure', { failures: 1 }, {}, false],
  ['the first one', { connection: 'PENDING', last: null }, {}, false],
  ['coming back', { connection: 'DISCONNECTED' }, {}, false],
  ['another sum', { last: { reportedBytes: 6n } }, {}, false],
  ['another key of ours', {}, { acceptedKeyId: 'flotilla-2' }, false],
])('%s', (_name, background, observation, quiet) => {
  expect(isQuiet({ ...AS_BEFORE, ...background }, { ...OBSERVATION, ...observation })).toBe(quiet)
})
