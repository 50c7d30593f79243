import { attachHosts, detachHosts } from '../hosts/attach-volume.ts'
import type { Actor } from '../operations/actor.ts'
import type { BulkKind } from '../operations/bulk-kinds.ts'
import { toRequest } from '../operations/operation-request.ts'
import type { NewBulkItem } from '../ports/bulk-store.ts'
import type { JobQueue } from '../ports/job-queue.ts'
import type {
  BulkAnswer,
  BulkAttachInput,
  BulkDetachInput,
  BulkInput,
  OperationCommands,
} from '../ports/operation-commands.ts'
import type { Volume } from '../volumes/volume.ts'
import { beginOperation, type OperationPorts } from './begin-operation.ts'
import {
  checkBulk,
  checkBulkAttachment,
  checkBulkCreate,
  checkBulkDetachment,
  checkBulkSnapshots,
  checkBulkUpdate,
} from './bulk-rules.ts'
import { ASKED } from './capability-faults.ts'
import {
  type AttachmentDecision,
  type PlanPorts,
  planAttachments,
  planDeletions,
  planSnapshots,
  planUpdates,
} from './plan-bulk.ts'

export interface BulkPorts extends OperationPorts, PlanPorts {
  readonly jobs: JobQueue
}

type BulkCommands = Pick<
  OperationCommands,
  | 'bulkDeleteVolumes'
  | 'bulkUpdateVolumes'
  | 'bulkCreateSnapshots'
  | 'bulkAttachVolumes'
  | 'bulkDetachVolumes'
  | 'bulkCreateVolumes'
>

/**
 * Records what is asked of many volumes; the workers carry it out, item by item, through the ordinary commands. A dry run
 * records nothing and uses no key.
 */
export function createBulkCommands(ports: BulkPorts): BulkCommands {
  const { bulks, jobs } = ports

  /** Whoever repeats a request is answered as before, whatever the selection would hold by now. */
  const start = async (
    kind: BulkKind,
    input: { readonly idempotencyKey: string },
    actor: Actor,
    request: object,
    itemsOf: () => Promise<readonly NewBulkItem[]>,
  ) => {
    const record = beginOperation(ports, kind, input, actor)
    const earlier = await bulks.earlier(record)
    const operation = earlier ?? (await bulks.start(kind, record, toRequest(request), await itemsOf()))
    jobs.carryOutBulk(operation.id)
    return { operation }
  }

  const onSelection = async <Input extends BulkInput>(
    kind: BulkKind,
    { dryRun, ...input }: Input,
    actor: Actor,
    plan: (volumes: readonly Volume[]) => Promise<BulkAnswer>,
    itemOf: (volume: Volume) => NewBulkItem = ofVolume,
    prepare: () => Promise<unknown> = async () => {},
  ): Promise<BulkAnswer> => {
    const { selection, maxItems, idempotencyKey: _, ...request } = input
    const selected = async () => {
      await prepare()
      return bulks.select(selection, maxItems)
    }
    if (dryRun) return plan(await selected())
    return start(kind, input, actor, request, async () => (await selected()).map(itemOf))
  }

  /** A host that is not there is refused before anything is recorded; not to whoever repeats a request after the host has gone. */
  const onHosts = <Input extends BulkAttachInput | BulkDetachInput>(
    kind: 'ATTACH_VOLUMES' | 'DETACH_VOLUMES',
    input: Input,
    actor: Actor,
    decide: AttachmentDecision,
  ): Promise<BulkAnswer> => {
    const hostIds = input.hostIds ?? []
    const asked = kind === 'ATTACH_VOLUMES' && ASKED.attachment
    const plan = (volumes: readonly Volume[]) => planAttachments(ports, volumes, hostIds, decide, asked)
    return onSelection(kind, input, actor, plan, ofVolume, () => bulks.hosts(hostIds))
  }

  return {
    async bulkDeleteVolumes(input, actor) {
      checkBulk(input)
      return onSelection('DELETE_VOLUMES', input, actor, (volumes) => planDeletions(ports, volumes, input))
    },

    async bulkUpdateVolumes({ growBytes, ...input }, actor) {
      checkBulkUpdate({ ...input, growBytes })
      const sizeOf = ({ sizeBytes }: Volume) => (growBytes === undefined ? undefined : sizeBytes + growBytes)
      return onSelection(
        'UPDATE_VOLUMES',
        // What it grows by is a part of what was asked, but each item has a size of its own.
        { ...input, ...(growBytes !== undefined && { growBytes: String(growBytes) }) },
        actor,
        (volumes) => planUpdates(ports, volumes, input, sizeOf),
        (volume) => ({
          volumeId: volume.id,
          input: growBytes === undefined ? null : toRequest({ sizeBytes: sizeOf(volume) }),
        }),
      )
    },

    async bulkCreateSnapshots(input, actor) {
      checkBulkSnapshots(input)
      return onSelection('CREATE_SNAPSHOTS', input, actor, (volumes) => planSnapshots(ports, volumes, input))
    },

    async bulkAttachVolumes(input, actor) {
      checkBulkAttachment(input)
      return onHosts('ATTACH_VOLUMES', input, actor, (volume, present, hosts) =>
        attachHosts(volume, present, hosts, input.mode, input.force),
      )
    },

    async bulkDetachVolumes(input, actor) {
      checkBulkDetachment(input)
      return onHosts('DETACH_VOLUMES', input, actor, (volume, present) =>
        detachHosts(volume, present, input.hostIds ?? null, input.force),
      )
    },

    async bulkCreateVolumes(input, actor) {
      checkBulkCreate(input)
      const items = input.volumes.map((volume) => ({ volumeId: null, input: toRequest(volume) }))
      return start('CREATE_VOLUMES', input, actor, {}, async () => items)
    },
  }
}

function ofVolume({ id }: Volume): NewBulkItem {
  return { volumeId: id, input: null }
}
