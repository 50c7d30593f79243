import fc from 'fast-check'
import type { Stack } from '../../testkit/stack.ts'
import {
  allowedAnswers,
  type Check,
  deletionChecks,
  nameIsFree,
  needsAvailable,
  needsSnapshotsTaken,
  surely,
  when,
} from '../expectation.ts'
import { type Fate, type Model, type ModelVolume, touch } from '../model.ts'
import { checkChoice, checkVerdicts, roomFor } from '../room.ts'
import { freshKey, pick, type Request, type Step, send, step } from '../step.ts'

export const GIB = 1n << 30n
const REVISIONS = ['ANY', 'ANY', 'ANY', 'READ', 'STALE'] as const
type Revision = (typeof REVISIONS)[number]

export const revision = fc.constantFrom(...REVISIONS)
export const which = fc.nat(1_000)

/** A step on one of the volumes, those that are gone included. */
export function onVolume(
  text: string,
  number: number,
  run: (model: Model, stack: Stack, volume: ModelVolume) => Promise<void>,
): Step {
  return step(
    `${text} of volume ${number}`,
    (model, stack) => {
      const volume = pick(model.volumes, number)
      return volume && run(model, stack, volume)
    },
    ({ volumes }) => volumes.length > 0,
  )
}

/** The input's part for it, and what it may lead to. */
export async function expectedRevision(
  { api }: Stack,
  { id, isSettled }: ModelVolume,
  wanted: Revision,
): Promise<{ readonly input: object; readonly check: Check }> {
  if (wanted === 'ANY') return { input: {}, check: ['NEVER', 'RevisionConflictError'] }
  const query = 'query ($id: ID!) { volume(id: $id) { revision } }'
  const { volume } = await api.insist<{ volume: { revision: number } }>(query, { id })
  return wanted === 'READ'
    ? {
        input: { expectedRevision: volume.revision },
        check: [when(!isSettled, 'PERHAPS'), 'RevisionConflictError'],
      }
    : {
        input: { expectedRevision: volume.revision + 1_000_000 },
        check: ['ALWAYS', 'RevisionConflictError'],
      }
}

export const createVolume: fc.Arbitrary<Step> = fc
  .record({
    name: fc.nat(5),
    gib: fc.constantFrom(1n, 2n, 8n, 20n, 64n),
    replicas: fc.constantFrom(1, 2),
    group: fc.constantFrom(null, null, 'g0', 'g1'),
  })
  .map(({ name, gib, replicas, group }) =>
    step(`create v${name} of ${gib} GiB x ${replicas}${group ? ` in ${group}` : ''}`, (model, stack) =>
      send(model, stack, creation(model, { name: `v${name}`, sizeBytes: gib * GIB, replicas, group })),
    ),
  )

export interface Creation {
  readonly name: string
  readonly sizeBytes: bigint
  readonly replicas: number
  readonly group?: string | null
  readonly clone?: {
    /** The input's field, and the id in it. */
    readonly source: readonly [field: 'snapshotId' | 'volumeId', id: string]
    readonly cluster: string
    readonly checks: readonly Check[]
    readonly fate: Fate
  }
}

export function creation(
  model: Model,
  { name, sizeBytes, replicas, group = null, clone }: Creation,
): Request {
  const wanted = { bytes: sizeBytes * BigInt(replicas), group, pinnedTo: clone?.cluster }
  return {
    field: 'createVolume',
    input: {
      idempotencyKey: freshKey(model),
      project: model.project,
      policy: 'model',
      name,
      sizeBytes: `${sizeBytes}`,
      replicas,
      ...(group && { group }),
      ...(clone && { source: Object.fromEntries([clone.source]) }),
    },
    checks: [nameIsFree(model.volumes, name), roomFor(model, wanted), ...(clone?.checks ?? [])],
    refuse: (answer) => checkVerdicts(model, wanted, answer),
    accept({ volume }) {
      if (!volume) throw new Error('nothing was created')
      checkChoice(model, wanted, volume.cluster.name)
      model.volumes.push({
        id: volume.id,
        cluster: volume.cluster.name,
        replicas,
        group,
        sourceId: clone?.source[1] ?? null,
        name,
        labels: {},
        sizeBytes,
        leastBytes: sizeBytes,
        mostBytes: sizeBytes,
        fate: clone?.fate ?? 'ALIVE',
        isSettled: false,
        isMissing: false,
        handBytes: null,
        isHandFresh: false,
        hosts: new Map(),
      })
    },
  }
}

export const resizeVolume: fc.Arbitrary<Step> = fc
  .record({
    which,
    revision,
    gib: fc.constantFrom(1n, 3n, 10n, 40n),
    force: fc.boolean(),
    grow: fc.boolean(),
  })
  .map(({ which: number, gib, force, grow, revision: wanted }) =>
    onVolume(
      `resize to ${gib} GiB${force ? ' by force' : ''}, revision ${wanted}`,
      number,
      async (model, stack, volume) => {
        const expected = await expectedRevision(stack, volume, wanted)
        const sizeBytes = gib * GIB
        const { isSettled, replicas, cluster } = volume
        const shrinks = sizeBytes < volume.sizeBytes
        const field = grow ? 'resizeVolume' : 'updateVolume'
        const isForced = force && !grow
        const growth = shrinks ? 0n : (sizeBytes - volume.leastBytes) * BigInt(replicas)
        const room = { bytes: growth, growsOn: cluster }
        await send(model, stack, {
          field,
          input: {
            idempotencyKey: freshKey(model),
            id: volume.id,
            sizeBytes: `${sizeBytes}`,
            ...(isForced && { force }),
            ...expected.input,
          },
          checks: [
            needsAvailable(volume),
            expected.check,
            [when(shrinks && !isForced, surely(isSettled)), 'WouldShrinkError'],
            [when(!isSettled && !isForced, 'PERHAPS'), 'WouldShrinkError'],
            [when(sizeBytes === volume.sizeBytes, surely(isSettled)), 'InvalidInputError'],
            [when(!isSettled, 'PERHAPS'), 'InvalidInputError'],
            isForced ? needsSnapshotsTaken(model, volume) : ['NEVER', 'InvalidStateError'],
            growth > 0n ? roomFor(model, room) : ['NEVER', 'NoFeasibleClusterError'],
          ],
          refuse: (answer) => checkVerdicts(model, room, answer),
          accept() {
            changeSize(volume, sizeBytes)
            touch(volume)
          },
        })
      },
    ),
  )

function changeSize(volume: ModelVolume, sizeBytes: bigint): void {
  const hand = volume.handBytes
  const shrinks = sizeBytes < volume.sizeBytes
  volume.sizeBytes = sizeBytes
  volume.leastBytes = sizeBytes < volume.leastBytes ? sizeBytes : volume.leastBytes
  volume.mostBytes = sizeBytes > volume.mostBytes ? sizeBytes : volume.mostBytes
  // Nobody cuts off what somebody else has added, unless that was asked for.
  volume.handBytes = hand !== null && hand > sizeBytes && !shrinks ? hand : null
}

export const renameVolume: fc.Arbitrary<Step> = fc
  .record({ which, revision, name: fc.nat(5) })
  .map(({ which: number, name, revision: wanted }) =>
    onVolume(`rename to v${name}, revision ${wanted}`, number, async (model, stack, volume) => {
      const expected = await expectedRevision(stack, volume, wanted)
      const { fate, isSettled, isMissing } = volume
      const others = model.volumes.filter((each) => each !== volume)
      await send(model, stack, {
        field: 'updateVolume',
        input: { idempotencyKey: freshKey(model), id: volume.id, name: `v${name}`, ...expected.input },
        checks: [
          [when(fate === 'DELETED'), 'NotFoundError', 'InvalidStateError'],
          [when(fate === 'FAILED' || isMissing, surely(isSettled)), 'InvalidStateError'],
          nameIsFree(others, `v${name}`),
          expected.check,
        ],
        accept() {
          volume.name = `v${name}`
        },
      })
    }),
  )

export const labelVolume: fc.Arbitrary<Step> = fc
  .record({ which, revision, value: fc.nat(3) })
  .map(({ which: number, value, revision: wanted }) =>
    onVolume(`label tier=t${value}, revision ${wanted}`, number, async (model, stack, volume) => {
      const expected = await expectedRevision(stack, volume, wanted)
      await send(model, stack, {
        field: 'updateVolume',
        input: {
          idempotencyKey: freshKey(model),
          id: volume.id,
          labels: [{ key: 'tier', value: `t${value}` }],
          ...expected.input,
        },
        checks: [needsAvailable(volume), expected.check],
        accept() {
          volume.labels = { tier: `t${value}` }
          touch(volume)
        },
      })
    }),
  )

export const deleteVolume: fc.Arbitrary<Step> = fc
  .record({ which, revision, cascade: fc.boolean(), force: fc.boolean() })
  .map(({ which: number, cascade, force, revision: wanted }) =>
    onVolume(
      `delete${cascade ? ' with snapshots' : ''}${force ? ' by force' : ''}, revision ${wanted}`,
      number,
      async (model, stack, volume) => {
        const expected = await expectedRevision(stack, volume, wanted)
        const checks = [...deletionChecks(model, volume, { cascade, force }), expected.check]
        await send(model, stack, {
          field: 'deleteVolume',
          input: { idempotencyKey: freshKey(model), id: volume.id, cascade, force, ...expected.input },
          checks,
          accept() {
            if (!allowedAnswers(checks).has('HasDependentsError')) forgetSnapshots(model, volume)
            volume.fate = 'DELETED'
            touch(volume)
            volume.isMissing = false
            volume.hosts = new Map()
          },
        })
      },
    ),
  )

function forgetSnapshots(model: Model, { id }: ModelVolume): void {
  for (const snapshot of model.snapshots.filter((each) => each.volumeId === id && each.fate === 'ALIVE')) {
    snapshot.fate = 'DELETED'
    snapshot.isSettled = false
  }
}
