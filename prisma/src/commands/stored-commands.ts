import { createHash } from 'node:crypto'
import { CLUSTER_KINDS } from '@flotilla/core/clusters/cluster-kinds'
import type { OperationPorts } from '@flotilla/core/commands/begin-operation'
import { createFleetCommands } from '@flotilla/core/commands/fleet-command-service'
import type { FleetCommands } from '@flotilla/core/ports/fleet-commands'
import type { JobQueue } from '@flotilla/core/ports/job-queue'
import { createClusterStore } from '../clusters/cluster-store.ts'
import type { Database } from '../database/connect.ts'
import type { EventBus } from '../events/event-bus.ts'
import { createFindingStore } from '../findings/finding-store.ts'
import { createHostStore } from '../hosts/host-store.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { createBulkStore } from '../operations/bulk-store.ts'
import { createOperationStore } from '../operations/operation-store.ts'
import { createGroupPlacement } from '../placement/group-placement.ts'
import type { ShadowComparison } from '../placement/shadow-comparison.ts'
import { createPolicyCache } from '../policies/policy-cache.ts'
import { createPolicyStore } from '../policies/policy-store.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { createScheduleStore } from '../schedules/schedule-store.ts'
import { createServiceKeys } from '../secrets/service-keys.ts'
import type { Vault } from '../secrets/vault.ts'
import { createSnapshotStore } from '../snapshots/snapshot-store.ts'
import { createVolumeStore } from '../volumes/volume-store.ts'

export interface StoredCommandOptions {
  readonly database: Database
  readonly bus: EventBus
  readonly vault: Vault
  readonly jobs: JobQueue
  readonly shadows: Pick<ShadowComparison, 'compare'>
}

/** Whatever has to be the same for all who record operations. */
export const operationPorts: OperationPorts = {
  ids: uuidIds,
  digest: (text) => createHash('sha256').update(text).digest('hex'),
}

/** The commands on the records: the API's, and those of the workers that carry out what was asked of many volumes. */
export function createStoredCommands(options: StoredCommandOptions): FleetCommands {
  const { database, bus, vault, jobs, shadows } = options
  return createFleetCommands({
    ...operationPorts,
    clusters: createClusterStore(database, vault, bus),
    volumes: createVolumeStore(database, bus),
    snapshots: createSnapshotStore(database, bus),
    schedules: createScheduleStore(database, bus),
    hosts: createHostStore(database, bus),
    findings: createFindingStore(database, bus),
    ledger: createGroupPlacement(database, createFleetReader(database), createPolicyCache(), bus, {
      shadows,
    }),
    operations: createOperationStore(database, bus),
    bulks: createBulkStore(database, bus),
    policies: createPolicyStore(database, bus),
    jobs,
    kinds: CLUSTER_KINDS,
    serviceKeys: createServiceKeys(database, vault, bus),
  })
}
