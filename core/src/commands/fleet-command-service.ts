import type { IdSource } from '../identity/ids.ts'
import type { Actor } from '../operations/actor.ts'
import type { ClusterStore } from '../ports/cluster-store.ts'
import type { SourceInput } from '../ports/create-volume-input.ts'
import type { FindingStore } from '../ports/finding-store.ts'
import type { FleetCommands, RegisterClusterInput } from '../ports/fleet-commands.ts'
import type { HostStore } from '../ports/host-store.ts'
import type { JobQueue } from '../ports/job-queue.ts'
import type { OperationCommands } from '../ports/operation-commands.ts'
import type { PlacementLedger } from '../ports/placement-ledger.ts'
import type { PolicyStore } from '../ports/policy-store.ts'
import type { SnapshotScheduleStore } from '../ports/schedule-store.ts'
import type { ServiceKeys } from '../ports/service-keys.ts'
import type { SnapshotStore } from '../ports/snapshot-store.ts'
import type { VolumeStore } from '../ports/volume-store.ts'
import type { CloneSource } from '../volumes/clone-source.ts'
import { groupKeyOf } from '../volumes/volume-group.ts'
import { beginOperation, type OperationPorts } from './begin-operation.ts'
import { ASKED, type CapabilityPorts } from './capability-faults.ts'
import { checkDocument } from './check-document.ts'
import { checkCredential, checkEndpoints, checkTls, normaliseEndpoint } from './cluster-access-rules.ts'
import { checkAdoption, checkIgnoring } from './finding-rules.ts'
import { createHostCommands } from './host-command-service.ts'
import { InputIssues } from './input-issues.ts'
import { checkIdempotencyKey, checkLabels, checkName, requireKey } from './input-rules.ts'
import { createOperationCommands, type OperationCommandPorts } from './operation-command-service.ts'
import { requireCapability } from './require-capability.ts'
import { createScheduleCommands } from './schedule-command-service.ts'
import { checkNewSnapshot, checkNewVolume, checkPreview, checkUpdate } from './volume-rules.ts'

export interface CommandPorts extends OperationPorts, OperationCommandPorts, CapabilityPorts {
  readonly clusters: ClusterStore
  readonly volumes: VolumeStore
  readonly snapshots: SnapshotStore
  readonly schedules: SnapshotScheduleStore
  readonly hosts: HostStore
  readonly findings: FindingStore
  readonly ledger: PlacementLedger
  readonly jobs: JobQueue
  readonly policies: PolicyStore
  readonly serviceKeys: ServiceKeys
}

/** Checks the input, has the intent committed, and nudges the workers; in this order for every command. */
export function createFleetCommands(ports: CommandPorts): FleetCommands {
  const operationOf = (kind: string, input: { idempotencyKey: string }, actor: Actor) =>
    beginOperation(ports, kind, input, actor)

  const commands: Omit<FleetCommands, keyof OperationCommands> = {
    async registerCluster(input, actor) {
      checkRegistration(input, [...ports.kinds.keys()])
      const { idempotencyKey: _, ...wanted } = input
      const cluster = {
        ...wanted,
        id: ports.ids.next('Cluster'),
        endpoints: input.endpoints.map(normaliseEndpoint),
      }
      const registered = await ports.clusters.register(cluster, operationOf('REGISTER_CLUSTER', input, actor))
      ports.jobs.pollCluster(registered.cluster.id)
      return registered
    },

    async updateCluster(input, actor) {
      const { idempotencyKey, id, expectedRevision, ...changes } = input
      const issues = new InputIssues()
      if (idempotencyKey !== undefined) checkIdempotencyKey(issues, idempotencyKey)
      issues.require(
        Object.values(changes).some((each) => each !== undefined),
        '',
        'changes nothing',
        'at least one of labels, adminState, mutedUntil, endpoints, tls, credential',
      )
      if (changes.labels) checkLabels(issues, changes.labels)
      if (changes.endpoints) checkEndpoints(issues, changes.endpoints)
      if (changes.tls) checkTls(issues, changes.tls)
      if (changes.credential) checkCredential(issues, changes.credential)
      issues.throwIfAny()
      const endpoints = changes.endpoints?.map(normaliseEndpoint)
      const updated = await ports.clusters.update(
        id,
        endpoints ? { ...changes, endpoints } : changes,
        expectedRevision ?? null,
        beginOperation(ports, 'UPDATE_CLUSTER', input, actor),
      )
      if (changes.endpoints || changes.tls || changes.credential) ports.jobs.pollCluster(id)
      return updated
    },

    async detachCluster(input, actor) {
      requireKey(input.idempotencyKey)
      return ports.clusters.detach(
        input.id,
        operationOf('DETACH_CLUSTER', input, actor),
        input.releaseVolumes ?? false,
      )
    },

    async refreshCluster(input, actor) {
      const { idempotencyKey, id } = input
      if (idempotencyKey !== undefined) requireKey(idempotencyKey)
      const record = beginOperation(ports, 'REFRESH_CLUSTER', input, actor)
      const refreshed = await ports.clusters.requestRefresh(id, record)
      ports.jobs.pollCluster(id)
      return refreshed
    },

    async createVolume(input, actor) {
      checkNewVolume(input)
      await requireCloneable(ports, input)
      const { idempotencyKey: _, policy: policyName, ...volume } = input
      const source = cloneSource(input.source, ports.ids)
      const placed = await ports.ledger.place({
        kind: 'CREATE',
        operation: operationOf('CREATE_VOLUME', input, actor),
        decisionId: ports.ids.next('PlacementDecision'),
        policyName,
        volume: {
          ...volume,
          id: ports.ids.next('Volume'),
          replicas: input.replicas ?? null,
          compression: input.compression ?? null,
          group: groupKey(input),
          sizeBytes: input.sizeBytes ?? null,
          source,
        },
      })
      if (source?.volumeId) ports.jobs.reconcileSnapshots([source.snapshotId])
      ports.jobs.reconcileVolumes([placed.volume.id])
      return placed
    },

    async previewPlacement(policyName, requests) {
      checkPreview(requests)
      for (const [index, request] of requests.entries()) await requireCloneable(ports, request, `${index}.`)
      const wanted = requests.map((request) => ({
        sizeBytes: request.sizeBytes ?? null,
        project: request.project,
        source: cloneSource(request.source, ports.ids),
        replicas: request.replicas ?? null,
        group: groupKey(request),
      }))
      return ports.ledger.preview(policyName, wanted)
    },

    async updateVolume(input, actor) {
      checkUpdate(input)
      if (input.qosPolicy !== undefined) await requireCapability(ports, input.id, ASKED.qosPolicy)
      const { name = null, compression = null, qosPolicy, labels = null } = input
      const updated = await ports.ledger.update({
        kind: 'UPDATE',
        operation: operationOf('UPDATE_VOLUME', input, actor),
        decisionId: ports.ids.next('PlacementDecision'),
        volumeId: input.id,
        expectedRevision: input.expectedRevision ?? null,
        sizeBytes: input.sizeBytes ?? null,
        force: input.force ?? false,
        changes: { name, compression, labels, ...(qosPolicy !== undefined && { qosPolicy }) },
      })
      ports.jobs.reconcileVolumes([input.id])
      return updated
    },

    async restoreVolume(input, actor) {
      requireKey(input.idempotencyKey)
      await requireCapability(ports, input.id, ASKED.restoration)
      const restored = await ports.volumes.requestRestore(
        input.id,
        input.snapshotId,
        operationOf('RESTORE_VOLUME', input, actor),
        input.expectedRevision ?? null,
      )
      ports.jobs.reconcileVolumes([input.id])
      return restored
    },

    async deleteVolume(input, actor) {
      requireKey(input.idempotencyKey)
      if (input.cascade) await requireCapability(ports, input.id, ASKED.cascade)
      const { snapshotIds, ...deleted } = await ports.volumes.requestDeletion(
        input.id,
        operationOf('DELETE_VOLUME', input, actor),
        input.expectedRevision ?? null,
        input.cascade ?? false,
        input.force ?? false,
      )
      ports.jobs.reconcileSnapshots(snapshotIds)
      ports.jobs.reconcileVolumes([input.id])
      return deleted
    },

    async adoptVolumes(input, actor) {
      checkAdoption(input)
      const items = input.items.map(({ findingId, name = null, labels = {} }) => ({
        findingId,
        volumeId: ports.ids.next('Volume'),
        name,
        labels,
      }))
      return ports.findings.adopt(
        { project: input.project, policyName: input.policy, items },
        operationOf('ADOPT_VOLUMES', input, actor),
      )
    },

    async ignoreFinding(input, actor) {
      checkIgnoring(input)
      const { id, until, reason } = input
      const operation = operationOf('IGNORE_FINDING', input, actor)
      return ports.findings.ignore(id, until, reason, operation)
    },

    async recreateVolume(input, actor) {
      requireKey(input.idempotencyKey)
      const operation = operationOf('RECREATE_VOLUME', input, actor)
      const recreated = await ports.findings.recreate(input.id, operation, input.expectedRevision ?? null)
      ports.jobs.reconcileVolumes([input.id])
      return recreated
    },

    async forgetVolume(input, actor) {
      requireKey(input.idempotencyKey)
      const operation = operationOf('FORGET_VOLUME', input, actor)
      return ports.findings.forget(input.id, operation, input.expectedRevision ?? null)
    },

    async createSnapshot(input, actor) {
      checkNewSnapshot(input)
      await requireCapability(ports, input.volumeId, ASKED.snapshot)
      const { idempotencyKey: _, ...snapshot } = input
      const created = await ports.snapshots.create(
        { ...snapshot, id: ports.ids.next('Snapshot'), retentionSeconds: input.retentionSeconds ?? null },
        operationOf('CREATE_SNAPSHOT', input, actor),
      )
      ports.jobs.reconcileSnapshots([created.snapshot.id])
      return created
    },

    async deleteSnapshot(input, actor) {
      requireKey(input.idempotencyKey)
      const operation = operationOf('DELETE_SNAPSHOT', input, actor)
      const deleted = await ports.snapshots.requestDeletion(
        input.id,
        operation,
        input.expectedRevision ?? null,
      )
      ports.jobs.reconcileSnapshots([input.id])
      return deleted
    },

    async createPolicy(input, actor) {
      const issues = new InputIssues()
      checkIdempotencyKey(issues, input.idempotencyKey)
      checkDocument(issues, input.document)
      issues.throwIfAny()
      return ports.policies.create(input.document, operationOf('CREATE_POLICY', input, actor))
    },

    async updatePolicy(input, actor) {
      const { idempotencyKey, document, expectedRevision } = input
      const issues = new InputIssues()
      if (idempotencyKey !== undefined) checkIdempotencyKey(issues, idempotencyKey)
      checkDocument(issues, document)
      issues.throwIfAny()
      const record = beginOperation(ports, 'UPDATE_POLICY', input, actor)
      return ports.policies.update(document, expectedRevision ?? null, record)
    },

    async deletePolicy(input, actor) {
      const { idempotencyKey, name, expectedRevision } = input
      if (idempotencyKey !== undefined) requireKey(idempotencyKey)
      const record = beginOperation(ports, 'DELETE_POLICY', input, actor)
      return { name, operation: await ports.policies.delete(name, expectedRevision ?? null, record) }
    },

    async setShadowPolicy(input, actor) {
      const { idempotencyKey, policy, shadow } = input
      if (idempotencyKey !== undefined) requireKey(idempotencyKey)
      return ports.policies.setShadow(
        policy,
        shadow,
        beginOperation(ports, 'SET_SHADOW_POLICY', input, actor),
      )
    },

    ...createHostCommands(ports),
    ...createScheduleCommands(ports),

    serviceCredential: () => ports.serviceKeys.credential(),

    async rotateServiceKey(input, actor) {
      requireKey(input.idempotencyKey)
      return ports.serviceKeys.rotate(operationOf('ROTATE_SERVICE_KEY', input, actor))
    },

    async retireServiceKey(input, actor) {
      requireKey(input.idempotencyKey)
      const { keyId, force = false } = input
      return ports.serviceKeys.retire(keyId, force, operationOf('RETIRE_SERVICE_KEY', input, actor))
    },
  }
  return { ...commands, ...createOperationCommands(ports, commands) }
}

/** A clone is on its source's cluster, so what that cannot do is told before anything is decided. */
async function requireCloneable(
  ports: CapabilityPorts,
  { source, qosPolicy }: { readonly source?: SourceInput; readonly qosPolicy?: string | null },
  prefix = '',
): Promise<void> {
  const id = source?.volumeId ?? source?.snapshotId
  if (!id) return
  const field = source?.volumeId ? 'volumeId' : 'snapshotId'
  await requireCapability(ports, id, { ability: 'CLONES', field: `${prefix}source.${field}` })
  if (typeof qosPolicy === 'string') await requireCapability(ports, id, ASKED.qosPolicy)
}

/** A clone of a volume as it is needs a snapshot of its own. */
function cloneSource(source: SourceInput | undefined, ids: IdSource): CloneSource | null {
  if (source?.volumeId) return { volumeId: source.volumeId, snapshotId: ids.next('Snapshot') }
  return source?.snapshotId ? { volumeId: null, snapshotId: source.snapshotId } : null
}

function groupKey({ project, group }: { project: string; group?: string }): string | null {
  return group === undefined ? null : groupKeyOf(project, group)
}

function checkRegistration(input: RegisterClusterInput, driverKinds: readonly string[]): void {
  const issues = new InputIssues()
  checkIdempotencyKey(issues, input.idempotencyKey)
  checkName(issues, input.name)
  issues.require(
    driverKinds.includes(input.driver),
    'driver',
    `"${input.driver.slice(0, 80)}" is unknown`,
    driverKinds.join(', '),
  )
  checkEndpoints(issues, input.endpoints)
  checkTls(issues, input.tls)
  checkCredential(issues, input.credential)
  checkLabels(issues, input.labels)
  issues.throwIfAny()
}
