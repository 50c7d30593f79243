/** A cluster as the API tells of it. */
export function apiCluster(name: string, adminState = 'ACTIVE') {
  return {
    __typename: 'Cluster',
    id: `cls_${name}`,
    name,
    labels: [],
    adminState,
    connection: 'CONNECTED',
    connectionError: null,
    connectionSince: '2026-11-22T09:00:00Z',
    health: 'OK',
    healthMessage: null,
    revision: 1,
    capacity: null,
  }
}
