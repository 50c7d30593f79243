import { DomainError } from '../errors.ts'
import type { AttachedHost, AttachmentChange } from '../hosts/attach-volume.ts'
import type { Host } from '../hosts/host.ts'
import type { HostId, IdSource } from '../identity/ids.ts'
import type { PlannedItem } from '../operations/bulk-plan.ts'
import type { UpdateIntent } from '../placement/placement-intent.ts'
import type { BulkStore } from '../ports/bulk-store.ts'
import type {
  BulkAnswer,
  BulkDeleteInput,
  BulkInput,
  BulkSnapshotInput,
  BulkUpdateInput,
} from '../ports/operation-commands.ts'
import type { PlacementLedger } from '../ports/placement-ledger.ts'
import { takingFault } from '../snapshots/taking-fault.ts'
import { deletionFault } from '../volumes/deletion-fault.ts'
import type { Volume } from '../volumes/volume.ts'
import { ASKED, type Asked, type CapabilityPorts, capabilityFaults } from './capability-faults.ts'

export interface PlanPorts extends CapabilityPorts {
  readonly ids: IdSource
  readonly bulks: BulkStore
  readonly ledger: PlacementLedger
}

/** What a bulk deletion would do, by the rules of each single one. */
export async function planDeletions(
  ports: PlanPorts,
  volumes: readonly Volume[],
  { cascade, force }: Pick<BulkDeleteInput, 'cascade' | 'force'>,
): Promise<BulkAnswer> {
  const dependents = await ports.bulks.dependents(volumes.map(({ id }) => id))
  return planOf(ports, volumes, cascade && ASKED.cascade, (volume) =>
    deletionFault(volume, dependents.get(volume.id) ?? NOTHING, { cascade, force, expectedRevision: null }),
  )
}

const NOTHING = { hostIds: [], foreignNqns: [], snapshotIds: [], cloneIds: [] }

/** Growth is decided in the order of the items, each deducted from what the next one sees. */
export async function planUpdates(
  ports: PlanPorts,
  volumes: readonly Volume[],
  { labels, compression, qosPolicy, sizeBytes, force }: BulkChanges,
  sizeOf: (volume: Volume) => bigint | undefined,
): Promise<BulkAnswer> {
  const { ledger, ids } = ports
  const intents = volumes.map((volume): UpdateIntent => {
    const id = ids.next('Operation')
    return {
      kind: 'UPDATE',
      operation: { id, actor: '', idempotencyKey: id, inputFingerprint: '' },
      decisionId: ids.next('PlacementDecision'),
      volumeId: volume.id,
      expectedRevision: null,
      sizeBytes: sizeOf(volume) ?? sizeBytes ?? null,
      force,
      changes: {
        name: null,
        compression: compression ?? null,
        labels: labels ?? null,
        ...(qosPolicy !== undefined && { qosPolicy }),
      },
    }
  })
  const faults = await ledger.previewUpdates(intents)
  return planOf(
    ports,
    volumes,
    qosPolicy !== undefined && ASKED.qosPolicy,
    (_volume, index) => faults[index] ?? null,
  )
}

type BulkChanges = Omit<BulkUpdateInput, keyof BulkInput | 'growBytes'>

export async function planSnapshots(
  ports: PlanPorts,
  volumes: readonly Volume[],
  { name }: Pick<BulkSnapshotInput, 'name'>,
): Promise<BulkAnswer> {
  const holders = await ports.bulks.snapshotNameHolders(
    volumes.map(({ id }) => id),
    name,
  )
  return planOf(ports, volumes, ASKED.snapshot, (volume) =>
    takingFault(volume, name, holders.get(volume.id) ?? null),
  )
}

/** What becomes of one volume's hosts when these are attached or detached. */
export type AttachmentDecision = (
  volume: Volume,
  present: readonly AttachedHost[],
  hosts: readonly Host[],
) => AttachmentChange | DomainError

/** What a bulk attachment or detachment would do, by the rules of each single one. */
export async function planAttachments(
  ports: PlanPorts,
  volumes: readonly Volume[],
  hostIds: readonly HostId[],
  decide: AttachmentDecision,
  asked: Asked | false,
): Promise<BulkAnswer> {
  const { bulks } = ports
  const [hosts, attached] = await Promise.all([
    bulks.hosts(hostIds),
    bulks.attachedHosts(volumes.map(({ id }) => id)),
  ])
  return planOf(ports, volumes, asked, (volume) => {
    const decided = decide(volume, attached.get(volume.id) ?? [], hosts)
    return decided instanceof DomainError ? decided : null
  })
}

/** @param asked what the volumes' clusters have to be able to do, if anything */
async function planOf(
  ports: PlanPorts,
  volumes: readonly Volume[],
  asked: Asked | false,
  faultOf: (volume: Volume, index: number) => PlannedItem['blockedBy'],
): Promise<BulkAnswer> {
  const ids = volumes.map(({ id }) => id)
  const unable = asked ? await capabilityFaults(ports, ids, asked) : new Map()
  const items = volumes.map((volume, index) => ({
    volume,
    blockedBy: unable.get(volume.id) ?? faultOf(volume, index),
  }))
  return { plan: { items } }
}
