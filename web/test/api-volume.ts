interface Given {
  readonly state: string
  readonly clusterName?: string
  readonly backendId?: string | null
  readonly updatedAt?: string
  readonly protection?: string | null
}

/** A volume as the API tells of it when all is asked for. */
export function apiVolume({
  state,
  clusterName = 'a',
  backendId = null,
  updatedAt = '2026-11-22T09:00:00.000Z',
  protection = null,
}: Given) {
  const cluster = { __typename: 'Cluster', id: `cls_${clusterName}`, name: clusterName }
  return {
    __typename: 'Volume',
    id: 'vol_a',
    project: 'default',
    name: 'data',
    sizeBytes: '1073741824',
    replicas: 2,
    state,
    revision: 1,
    createdAt: '2026-11-22T09:00:00.000Z',
    updatedAt,
    cluster,
    observed: protection && {
      __typename: 'VolumeObservation',
      sizeBytes: '1073741824',
      state: 'Available',
      protection,
      observedAt: '2026-11-22T09:00:00.000Z',
    },
    latestOperation: { __typename: 'Operation', id: 'op_a', kind: 'CREATE_VOLUME', state: 'RUNNING' },
    compression: false,
    labels: [],
    backendName: 'flo-a',
    backendId,
    placementDecision: {
      __typename: 'PlacementDecision',
      id: `dec_${clusterName}`,
      sizeBytes: '1073741824',
      replicas: 2,
      requestedBytes: '2147483648',
      policyName: 'default',
      policyRevision: 1,
      hop: 0,
      decidedAt: '2026-11-22T09:00:00.000Z',
      detailsRemovedAt: null,
      cluster,
      verdicts: [],
    },
    operations: { __typename: 'OperationConnection', nodes: [] },
  }
}
