import type {
  Cluster,
  ClusterAdminState,
  ClusterConnectionState,
  ClusterHealth,
} from '../clusters/cluster.ts'
import type { ClusterCapacity, FleetTotals } from '../clusters/cluster-capacity.ts'
import type { ClusterDrain } from '../clusters/cluster-drain.ts'
import type { Finding, FindingKind, FindingState, VolumePicture } from '../findings/finding.ts'
import type { Attachment } from '../hosts/attachment.ts'
import type { Host } from '../hosts/host.ts'
import type {
  ClusterId,
  DecisionId,
  FindingId,
  HostId,
  OperationId,
  SnapshotId,
  SnapshotScheduleId,
  VolumeId,
} from '../identity/ids.ts'
import type { Operation, OperationKind, OperationState } from '../operations/operation.ts'
import type { OperationFacts } from '../operations/operation-facts.ts'
import type { PlacementDecision } from '../placement/placement-decision.ts'
import type { RecordedHop } from '../placement/recorded-hop.ts'
import type { HeldSnapshots, SnapshotSchedule } from '../schedules/snapshot-schedule.ts'
import type { Snapshot, SnapshotState } from '../snapshots/snapshot.ts'
import type { Volume, VolumeState } from '../volumes/volume.ts'
import type { AlertReader } from './alert-reader.ts'
import type { CapacityHistoryReader } from './capacity-history.ts'
import type { BytesCondition, Page, PageRequest, TextCondition, Where } from './page.ts'

export interface ClusterConditions {
  readonly name: TextCondition
  readonly adminState: readonly ClusterAdminState[]
  readonly connection: readonly ClusterConnectionState[]
  readonly health: readonly ClusterHealth[]
  /** Names a key of ours: registered with a key pair, and not seen to accept that key at the last look. */
  readonly withoutKey: string
}

export interface VolumeConditions {
  readonly name: TextCondition
  readonly project: TextCondition
  readonly clusterId: readonly ClusterId[]
  readonly sourceSnapshotId: readonly SnapshotId[]
  /** Attached to one of these, or about to be. */
  readonly hostId: readonly HostId[]
  readonly state: readonly VolumeState[]
  readonly sizeBytes: BytesCondition
}

export interface SnapshotConditions {
  readonly name: TextCondition
  readonly project: TextCondition
  readonly volumeId: readonly VolumeId[]
  readonly clusterId: readonly ClusterId[]
  readonly scheduleId: readonly SnapshotScheduleId[]
  readonly state: readonly SnapshotState[]
}

export interface SnapshotScheduleConditions {
  readonly name: TextCondition
  readonly project: TextCondition
  readonly volumeId: readonly VolumeId[]
  readonly isPaused: boolean
}

export interface HostConditions {
  readonly nqn: TextCondition
  readonly name: TextCondition
}

export interface OperationConditions {
  readonly kind: readonly OperationKind[]
  readonly state: readonly OperationState[]
  readonly clusterId: readonly ClusterId[]
  readonly volumeId: readonly VolumeId[]
  readonly snapshotId: readonly SnapshotId[]
  readonly hostId: readonly HostId[]
  readonly scheduleId: readonly SnapshotScheduleId[]
  readonly parentId: readonly OperationId[]
}

export interface FindingConditions {
  readonly kind: readonly FindingKind[]
  readonly state: readonly FindingState[]
  /** Of the volume on the cluster. */
  readonly name: TextCondition
  readonly clusterId: readonly ClusterId[]
  readonly volumeId: readonly VolumeId[]
}

export type ClusterOrderField = 'NAME' | 'CREATED_AT' | 'PROVISIONED_RATIO' | 'EFFECTIVE_BYTES' | 'USED_BYTES'
export type VolumeOrderField = 'NAME' | 'CREATED_AT' | 'SIZE_BYTES'
export type SnapshotOrderField = 'NAME' | 'CREATED_AT'
export type SnapshotScheduleOrderField = 'NAME' | 'CREATED_AT' | 'NEXT_RUN_AT'
export type HostOrderField = 'NQN' | 'CREATED_AT'
export type OperationOrderField = 'CREATED_AT'
export type FindingOrderField = 'OPENED_AT'

/**
 * The fleet's state as committed in the database; never asks a cluster. Lists leave out detached clusters, and deleted
 * and released volumes and snapshots unless a condition names states. The `...ByIds` answer in the order of the ids, `null` for an unknown one.
 */
export interface FleetReader extends CapacityHistoryReader, AlertReader {
  fleetTotals(): Promise<FleetTotals>
  clustersByIds(ids: readonly ClusterId[]): Promise<readonly (Cluster | null)[]>
  capacitiesByClusterIds(ids: readonly ClusterId[]): Promise<readonly (ClusterCapacity | null)[]>
  /** The latest drain of each. */
  drainsByClusterIds(ids: readonly ClusterId[]): Promise<readonly (ClusterDrain | null)[]>
  allClusters(): Promise<readonly Cluster[]>
  listClusters(where: Where<ClusterConditions>, page: PageRequest<ClusterOrderField>): Promise<Page<Cluster>>
  volumesByIds(ids: readonly VolumeId[]): Promise<readonly (Volume | null)[]>
  listVolumes(where: Where<VolumeConditions>, page: PageRequest<VolumeOrderField>): Promise<Page<Volume>>
  snapshotsByIds(ids: readonly SnapshotId[]): Promise<readonly (Snapshot | null)[]>
  listSnapshots(
    where: Where<SnapshotConditions>,
    page: PageRequest<SnapshotOrderField>,
  ): Promise<Page<Snapshot>>
  snapshotSchedulesByIds(ids: readonly SnapshotScheduleId[]): Promise<readonly (SnapshotSchedule | null)[]>
  /** Schedules that are not deleted. */
  listSnapshotSchedules(
    where: Where<SnapshotScheduleConditions>,
    page: PageRequest<SnapshotScheduleOrderField>,
  ): Promise<Page<SnapshotSchedule>>
  heldSnapshotsByScheduleIds(ids: readonly SnapshotScheduleId[]): Promise<readonly HeldSnapshots[]>
  hostsByIds(ids: readonly HostId[]): Promise<readonly (Host | null)[]>
  /** Hosts that are not deleted. */
  listHosts(where: Where<HostConditions>, page: PageRequest<HostOrderField>): Promise<Page<Host>>
  /** Of each volume, in the order of time. */
  attachmentsByVolumeIds(ids: readonly VolumeId[]): Promise<readonly (readonly Attachment[])[]>
  /**
   * How the last inventory saw each volume, all but its state: as the CHANGED finding about it says, or else as it was last
   * written. Null where that is not known.
   */
  observedPicturesByVolumeIds(ids: readonly VolumeId[]): Promise<readonly (VolumePicture | null)[]>
  findingsByIds(ids: readonly FindingId[]): Promise<readonly (Finding | null)[]>
  /** Leaves out RESOLVED ones unless a condition on the state names them. */
  listFindings(where: Where<FindingConditions>, page: PageRequest<FindingOrderField>): Promise<Page<Finding>>
  operationsByIds(ids: readonly OperationId[]): Promise<readonly (Operation | null)[]>
  /** What tells how far each operation is. */
  operationFactsByIds(ids: readonly OperationId[]): Promise<readonly (OperationFacts | null)[]>
  latestOperationsByVolumeIds(ids: readonly VolumeId[]): Promise<readonly (Operation | null)[]>
  latestOperationsBySnapshotIds(ids: readonly SnapshotId[]): Promise<readonly (Operation | null)[]>
  listOperations(
    where: Where<OperationConditions>,
    page: PageRequest<OperationOrderField>,
  ): Promise<Page<Operation>>
  /** By their latest hop. @throws RecordFaultError when a record contradicts itself */
  decisionsByIds(ids: readonly DecisionId[]): Promise<readonly (PlacementDecision | null)[]>
  /** Every hop of each decision, the first one first; none for an unknown id. @throws as `decisionsByIds` */
  hopsByDecisionIds(ids: readonly DecisionId[]): Promise<readonly (readonly RecordedHop[])[]>
}
