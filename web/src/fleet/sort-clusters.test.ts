import { expect, test } from 'vitest'
import type { Cluster } from './cluster-fields.ts'
import { filterClusters, sortClusters } from './sort-clusters.ts'

const CAPACITY: NonNullable<Cluster['capacity']> = {
  provisionedBytes: '0',
  pendingBytes: '0',
  effectiveBytes: '100',
  usedBytes: '0',
  freeBytes: '100',
  provisionedRatio: 0,
  utilization: 0,
  maxProvisionedRatio: 1.5,
  headroomBytes: '150',
  volumeCount: 0,
  foreignVolumeCount: 0,
  observedAt: '2026-11-22T09:00:00Z',
  stale: false,
}

const FLEET = [
  cluster('b-10', { ratio: 0.5 }),
  cluster('b-9', { ratio: 1.2 }),
  cluster('new', { ratio: null }),
  cluster('c', { ratio: 0.5, connection: 'DISCONNECTED' }),
]

test('names are ordered as people read numbers', () => {
  expect(names(sortClusters(FLEET, 'name', false))).toEqual(['b-9', 'b-10', 'c', 'new'])
})

test('unknown figures come last in either direction, and names break ties', () => {
  expect(names(sortClusters(FLEET, 'ratio', false))).toEqual(['b-10', 'c', 'b-9', 'new'])
  expect(names(sortClusters(FLEET, 'ratio', true))).toEqual(['b-9', 'b-10', 'c', 'new'])
})

test('by state, the troubled come first', () => {
  expect(names(sortClusters(FLEET, 'state', false))[0]).toBe('c')
})

test('the filter looks at names and labels, whatever the case', () => {
  expect(names(filterClusters(FLEET, ' B-1 '))).toEqual(['b-10'])
  expect(filterClusters(FLEET, 'site=fra')).toHaveLength(4)
  expect(filterClusters(FLEET, '')).toBe(FLEET)
})

interface ClusterTraits {
  readonly ratio: number | null
  readonly connection?: Cluster['connection']
}

function cluster(name: string, { ratio, connection = 'CONNECTED' }: ClusterTraits): Cluster {
  return {
    id: `cls_${name}`,
    name,
    labels: [{ key: 'site', value: 'fra1' }],
    adminState: 'ACTIVE',
    connection,
    connectionError: null,
    connectionSince: '2026-11-22T09:00:00Z',
    health: 'OK',
    healthMessage: null,
    revision: 1,
    capacity: ratio === null ? null : { ...CAPACITY, provisionedRatio: ratio },
  }
}

function names(clusters: readonly Cluster[]): string[] {
  return clusters.map(({ name }) => name)
}
