import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { OperationError } from '@flotilla/core/operations/operation'
import { type ClusterSession, DriverError } from '@flotilla/core/ports/cluster-driver'
import type { ReplaceOutcome } from '@flotilla/core/ports/reconcile-store'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { BackendVolume, BackendVolumeState } from '@flotilla/core/volumes/backend-volume'
import type { Settlement } from '@flotilla/core/volumes/settlement'
import type { JobDependencies } from '../dependencies.ts'
import { reconcileVolume } from '../jobs/volume-reconcile.ts'

export const GIB = 1n << 30n
const ID = 'vol_01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77' as VolumeId
/** Of each lease. */
export const LEASED_AT = new Date('2026-01-01T00:00:00Z')

/** On the cluster, as it is wanted. */
export const FOUND: BackendVolume = {
  backendId: 'theirs',
  name: 'flo-1',
  project: 'default',
  sizeBytes: GIB,
  replicas: 2,
  compression: false,
  qosPolicy: null,
  labels: {},
  state: 'AVAILABLE',
  protection: 'FullyProtected',
  access: { hostNqns: [], addresses: 'ANY' },
  sourceSnapshotId: null,
  etag: null,
}

export function aLease(overrides: Partial<VolumeLease> = {}): VolumeLease {
  return {
    volumeId: ID,
    leaseNumber: 2n,
    leasedAt: LEASED_AT,
    state: 'CREATING',
    sizeBytes: GIB,
    shrinkToBytes: null,
    writtenSizeBytes: null,
    formerProperties: null,
    wantedAccess: null,
    restoreBackendId: null,
    source: null,
    replicas: 2,
    compression: false,
    qosPolicy: null,
    labels: {},
    ownBackendName: 'flo-1',
    backendProject: 'default',
    backendId: null,
    createUnknownAt: null,
    changeAskedAt: null,
    changeTaken: false,
    restoreUnknownAt: null,
    clusterId: 'cls_1' as ClusterId,
    driver: 'lightos',
    clusterAnswers: true,
    openAccess: () => Promise.reject(new Error('the sessions of this test open by themselves')),
    ...overrides,
  }
}

export interface RunOptions {
  /** Until the worker hears that it has the lease. */
  readonly heardLateMs?: number
  /** So many creates have no answer. */
  readonly unanswered?: number
  readonly replaced?: ReplaceOutcome
  /** Of each create. */
  readonly createError?: DriverError
  /** What a create answers; the next look finds it AVAILABLE. */
  readonly made?: BackendVolumeState
  /** Told of each cluster's definite no. */
  readonly onRefused?: (error: OperationError) => void
  /** Of each resize. */
  readonly resizeError?: DriverError
  /** The volume's next ETag after each resize that was refused, as when somebody else was faster; the same one without it. */
  readonly nextEtag?: () => string | null
  /** Told of how the work ended that the breaker had admitted. */
  readonly onEnded?: (error: unknown) => void
  /** Of each restore; the cluster takes them unless it is given. */
  readonly restoreError?: DriverError
  /** Told of each poll that is asked for. */
  readonly onNudge?: (readsInventory: boolean) => void
}

export const IS_FULL = new DriverError('REFUSED', 'NO_SPACE', 'is full')

/** One run of the job on a cluster that holds `held`, with what was asked of the cluster and what was settled. Changes that it takes keep it at work for ever. */
export async function runReconcile(
  lease: VolumeLease,
  held: BackendVolume | null,
  {
    heardLateMs = 0,
    unanswered = 0,
    replaced = 'REPLACED',
    createError,
    made = 'AVAILABLE',
    onRefused = () => {},
    resizeError = IS_FULL,
    nextEtag,
    onEnded = () => {},
    restoreError,
    onNudge = () => {},
  }: RunOptions = {},
) {
  const asked: string[] = []
  const settled: (Settlement | ReplaceOutcome)[] = []
  let own: BackendVolume | null = null
  let nowMs = 0
  const sleep = async (ms: number) => {
    nowMs += ms
  }
  const session = {
    findVolume: async (_project: string, name: string) => (held?.name === name ? held : null),
    async findVolumeById(_project: string, id: string) {
      return [held, own].find((volume) => volume?.backendId === id) ?? null
    },
    async createVolume() {
      asked.push('CREATE')
      if (unanswered-- > 0) throw new DriverError('UNKNOWN', 'TIMEOUT', 'no answer')
      if (createError) throw createError
      if (held && held.state !== 'FAILED')
        throw new DriverError('REFUSED', 'NAME_TAKEN', 'there is one of that name')
      own = { ...FOUND, backendId: 'ours' }
      return { ...own, state: made }
    },
    async resizeVolume() {
      asked.push('RESIZE')
      if (held && nextEtag) held = { ...held, etag: nextEtag() }
      throw resizeError
    },
    async restoreVolume(volume: BackendVolume) {
      asked.push('RESTORE')
      if (restoreError) throw restoreError
      held = { ...volume, state: 'UPDATING' }
    },
    async changeVolume(volume: BackendVolume) {
      asked.push('CHANGE')
      held = { ...volume, state: 'UPDATING' }
    },
    async deleteVolume({ backendId }: BackendVolume) {
      asked.push(`DELETE ${backendId}`)
      held = null
    },
  } as Partial<ClusterSession> as ClusterSession
  const dependencies = {
    clock: { now: () => nowMs, sleep, random: () => 0 },
    reconciles: {
      async lease() {
        nowMs += heardLateMs
        return settled.length === 0 ? lease : null
      },
      async settle(_lease: VolumeLease, settlement: Settlement) {
        settled.push(settlement)
        return 'SETTLED'
      },
      async replace(_lease: VolumeLease, error: OperationError) {
        onRefused(error)
        settled.push(replaced)
        return replaced
      },
    },
    callLimit: { run: (_id: ClusterId, work: () => Promise<unknown>) => work() },
    breaker: { admit: () => 0, ended: (_id: ClusterId, error: unknown) => onEnded(error) },
    sessions: { open: async () => session },
    bus: { publish: () => {} },
    nudges: { nudge: (_id: ClusterId, readsInventory = true) => onNudge(readsInventory) },
    log: { warn: () => {}, debug: () => {} },
  } as unknown as JobDependencies
  await reconcileVolume(dependencies, ID)
  return { asked, settled }
}
