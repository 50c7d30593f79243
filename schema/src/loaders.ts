import type { Alert } from '@flotilla/core/alerts/alert'
import type { SeriesPoint } from '@flotilla/core/capacity/capacity-sample'
import type { Cluster } from '@flotilla/core/clusters/cluster'
import type { ClusterCapacity, FleetTotals } from '@flotilla/core/clusters/cluster-capacity'
import type { ClusterDrain } from '@flotilla/core/clusters/cluster-drain'
import type { Finding, VolumePicture } from '@flotilla/core/findings/finding'
import type { Attachment } from '@flotilla/core/hosts/attachment'
import type { Host } from '@flotilla/core/hosts/host'
import type {
  AlertId,
  ClusterId,
  DecisionId,
  FindingId,
  HostId,
  OperationId,
  SnapshotId,
  SnapshotScheduleId,
  VolumeId,
} from '@flotilla/core/identity/ids'
import type { Operation } from '@flotilla/core/operations/operation'
import type { OperationFacts } from '@flotilla/core/operations/operation-facts'
import type { PlacementDecision } from '@flotilla/core/placement/placement-decision'
import type { RecordedHop } from '@flotilla/core/placement/recorded-hop'
import type { PolicyShadow } from '@flotilla/core/policies/policy-shadow'
import type { StoredPolicy } from '@flotilla/core/policies/stored-policy'
import type { FleetReader } from '@flotilla/core/ports/fleet-reader'
import type { PolicyReader } from '@flotilla/core/ports/policy-store'
import type { HeldSnapshots, SnapshotSchedule } from '@flotilla/core/schedules/snapshot-schedule'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type { Volume } from '@flotilla/core/volumes/volume'
import DataLoader from 'dataloader'

/** Reads of one request, gathered into one statement per kind and remembered until the request ends. */
export interface Loaders {
  readonly cluster: DataLoader<ClusterId, Cluster | null>
  readonly capacity: DataLoader<ClusterId, ClusterCapacity | null>
  readonly alert: DataLoader<AlertId, Alert | null>
  readonly capacitySeries: DataLoader<ClusterId, readonly SeriesPoint[]>
  readonly drain: DataLoader<ClusterId, ClusterDrain | null>
  readonly volume: DataLoader<VolumeId, Volume | null>
  readonly snapshot: DataLoader<SnapshotId, Snapshot | null>
  readonly snapshotSchedule: DataLoader<SnapshotScheduleId, SnapshotSchedule | null>
  readonly heldSnapshots: DataLoader<SnapshotScheduleId, HeldSnapshots>
  readonly host: DataLoader<HostId, Host | null>
  readonly attachments: DataLoader<VolumeId, readonly Attachment[]>
  readonly observedPicture: DataLoader<VolumeId, VolumePicture | null>
  readonly finding: DataLoader<FindingId, Finding | null>
  readonly operation: DataLoader<OperationId, Operation | null>
  readonly operationFacts: DataLoader<OperationId, OperationFacts | null>
  readonly latestOperation: DataLoader<VolumeId, Operation | null>
  readonly latestSnapshotOperation: DataLoader<SnapshotId, Operation | null>
  readonly decision: DataLoader<DecisionId, PlacementDecision | null>
  /** Every hop of a decision, the first one first. */
  readonly hops: DataLoader<DecisionId, readonly RecordedHop[]>
  /** Current revisions, by name. */
  readonly policy: DataLoader<string, StoredPolicy | null>
  readonly policyVolumeCount: DataLoader<string, number>
  readonly policyShadow: DataLoader<string, PolicyShadow | null>
  /** The totals of the fleet, which is always one. */
  readonly fleet: DataLoader<'fleet', FleetTotals>
}

export function createLoaders(reader: FleetReader, policies: PolicyReader): Loaders {
  return {
    cluster: new DataLoader((ids) => reader.clustersByIds(ids)),
    capacity: new DataLoader((ids) => reader.capacitiesByClusterIds(ids)),
    alert: new DataLoader((ids) => reader.alertsByIds(ids)),
    capacitySeries: new DataLoader((ids) => reader.capacitySeriesByClusterIds(ids)),
    drain: new DataLoader((ids) => reader.drainsByClusterIds(ids)),
    volume: new DataLoader((ids) => reader.volumesByIds(ids)),
    snapshot: new DataLoader((ids) => reader.snapshotsByIds(ids)),
    snapshotSchedule: new DataLoader((ids) => reader.snapshotSchedulesByIds(ids)),
    heldSnapshots: new DataLoader((ids) => reader.heldSnapshotsByScheduleIds(ids)),
    host: new DataLoader((ids) => reader.hostsByIds(ids)),
    attachments: new DataLoader((ids) => reader.attachmentsByVolumeIds(ids)),
    observedPicture: new DataLoader((ids) => reader.observedPicturesByVolumeIds(ids)),
    finding: new DataLoader((ids) => reader.findingsByIds(ids)),
    operation: new DataLoader((ids) => reader.operationsByIds(ids)),
    operationFacts: new DataLoader((ids) => reader.operationFactsByIds(ids)),
    latestOperation: new DataLoader((ids) => reader.latestOperationsByVolumeIds(ids)),
    latestSnapshotOperation: new DataLoader((ids) => reader.latestOperationsBySnapshotIds(ids)),
    decision: new DataLoader((ids) => reader.decisionsByIds(ids)),
    hops: new DataLoader((ids) => reader.hopsByDecisionIds(ids)),
    policy: new DataLoader((names) => policies.policiesByNames(names)),
    policyVolumeCount: new DataLoader((names) => policies.volumeCountsByPolicies(names)),
    policyShadow: new DataLoader((names) => policies.shadowsByPolicies(names)),
    fleet: new DataLoader(async (ids) => {
      const totals = await reader.fleetTotals()
      return ids.map(() => totals)
    }),
  }
}
