import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  clusterNamed,
  mutate,
  newVolume,
  readVolume,
  recordOf,
  takeSnapshot,
  untilDone,
  type VolumeAnswer,
} from '../testkit/data-life.ts'
import { adopted } from '../testkit/foreign-volumes.ts'
import { attach, newHost, readReach } from '../testkit/hosts.ts'
import { askBulk, untilEnded } from '../testkit/operations.ts'
import { SHORT_RETRIES } from '../testkit/patches/short-retries.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { createPolicy } from '../testkit/policies.ts'
import { refreshAll } from '../testkit/refresh-all.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const GIB = 1n << 30n
const OTHER = 'nqn.2019-09.com.example:other'

let stack: Stack
let clusterId: string

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 1, seed: 37 },
    pollIntervalMs: 500,
    env: patchedEnv(SHORT_RETRIES),
  })
  clusterId = (await ask('{ clusters { nodes { id } } }', {})).clusters.nodes[0].id
})
afterAll(() => stack?.close())
afterEach(async () => {
  await waitForRest(stack)
  await refresh()
  expect(await checkFleet(stack)).toEqual([])
})

const home = () => clusterNamed(stack, stack.fleet.clusters[0]?.name)
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
const ask = (query: string, variables: object): Promise<any> => stack.api.ask(query, variables as never)

const refresh = () => refreshAll(stack)

describe('an adopted volume that a host has which was never registered here', () => {
  it.each([
    ['named', [OTHER], { foreignHostNqns: [OTHER], admitsAnyHost: false }],
    ['any', ['ALLOW_ANY'], { foreignHostNqns: [], admitsAnyHost: true }],
  ])('is not taken from under it unless that is forced: %s', async (name, acl, held) => {
    const record = home().createForeignVolume({ name, sizeBytes: 4n * GIB })
    home().setVolumeAcl(record.uuid, acl)
    const volume = await adopted(stack, record)
    await refresh()
    await waitUntil('its access to be seen', async () => {
      const { volume: seen } = await ask(
        'query ($id: ID!) { volume(id: $id) { observed { admitsAnyHost } } }',
        { id: volume.id },
      )
      return seen.observed.admitsAnyHost !== null
    })
    const snapshot = await takeSnapshot(stack, volume)
    const deletion = `mutation ($input: DeleteVolumeInput!) { answer: deleteVolume(input: $input) { __typename
      ... on VolumeAttachedError { code hosts { id } foreignHostNqns admitsAnyHost } } }`
    const input = { idempotencyKey: `delete-${volume.id}`, id: volume.id, cascade: true }
    const refusal = { code: 'VOLUME_ATTACHED', hosts: [], ...held }
    expect((await ask(deletion, { input })).answer).toMatchObject(refusal)

    const restored = await mutate(stack, 'restoreVolume', { id: volume.id, snapshotId: snapshot.id })
    expect(restored.code).toBe('VOLUME_ATTACHED')

    const { bulkDeleteVolumes } = await ask(
      `mutation ($input: BulkDeleteVolumesInput!) { bulkDeleteVolumes(input: $input) {
        ... on BulkPayload { plan { items { blockedBy { code message } } } } } }`,
      {
        input: {
          idempotencyKey: `bulk-${volume.id}`,
          selection: { ids: [volume.id] },
          maxItems: 1,
          cascade: true,
          dryRun: true,
        },
      },
    )
    expect(bulkDeleteVolumes.plan.items).toEqual([
      { blockedBy: { code: 'VOLUME_ATTACHED', message: expect.stringContaining('its cluster admits') } },
    ])

    const { drainPlan } = await ask(
      `query ($id: ID!) { drainPlan(clusterId: $id) { ... on DrainPlanPayload { blockedCount moves { nodes { volume { volumeId blocks { reason explanation } } } } } } }`,
      { id: clusterId },
    )
    const { blocks } = drainPlan.moves.nodes.find((each: { volume: { volumeId: string } }) => {
      return each.volume.volumeId === volume.id
    }).volume
    expect(blocks.map((each: { reason: string }) => each.reason)).toContain('ATTACHED')
    expect(blocks[0].explanation).toContain(held.admitsAnyHost ? 'every host' : OTHER)

    expect(home().volumes()).toContainEqual(expect.objectContaining({ uuid: record.uuid, acl }))
    const forced = { idempotencyKey: `force-${volume.id}`, id: volume.id, cascade: true, force: true }
    const { operation } = await mutate(stack, 'deleteVolume', forced)
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
  })
})

const VIEW = '{ name hostNqns admitsAnyHost addresses admitsAnyAddress }'
const OPEN_ADDRESSES = { addresses: [], admitsAnyAddress: true }

interface Drift {
  readonly state: string
  readonly differences: readonly string[]
  readonly wanted: object
  readonly written: object
  readonly observed: object
  readonly history: readonly { readonly action: string }[]
}

async function driftOf({ id }: Pick<VolumeAnswer, 'id'>): Promise<Drift | null> {
  const { findings } = await ask(
    `query ($id: ID!) { findings(where: { kind: [CHANGED], volumeId: [$id], state: [OPEN, RESOLVED] }) { nodes {
      state differences wanted ${VIEW} written ${VIEW} observed ${VIEW} history { action } } } }`,
    { id },
  )
  return findings.nodes[0] ?? null
}

/** Its drift, once it is in this state and looks so. */
function untilDrift(
  volume: Pick<VolumeAnswer, 'id'>,
  state: 'OPEN' | 'RESOLVED',
  looks: (drift: Drift) => boolean = () => true,
): Promise<Drift> {
  return waitUntil(`the drift of ${volume.id} to be ${state}`, async () => {
    await refresh()
    const drift = await driftOf(volume)
    return drift?.state === state && looks(drift) ? drift : null
  })
}

async function end(
  field: 'attachVolume' | 'detachVolume' | 'recreateVolume',
  input: Record<string, unknown>,
) {
  const { operation, message } = await mutate(stack, field, input)
  if (!operation) throw new Error(message)
  return untilDone(stack, operation.id)
}

describe('the access to a volume that others have changed', () => {
  const uuidOf = (volume: VolumeAnswer) => recordOf(stack, volume)?.uuid ?? ''
  const accessOf = (uuid: string) => {
    const record = home()
      .volumes()
      .find((each) => each.uuid === uuid)
    return { acl: record?.acl, ipAcl: record?.ipAcl }
  }

  async function attached(input: Record<string, unknown> = {}, ofHost: Record<string, unknown> = {}) {
    const [host, volume] = [await newHost(stack, ofHost), await newVolume(stack, input)]
    await attach(stack, volume, [host])
    await refresh()
    return { host, volume, uuid: uuidOf(volume) }
  }

  it('is reported with three views, and resolved when it is as it was', async () => {
    const { host, volume, uuid } = await attached()
    expect(await driftOf(volume)).toBeNull()
    home().setVolumeAcl(uuid, [host.nqn, OTHER])
    const ours = { hostNqns: [host.nqn], admitsAnyHost: false, ...OPEN_ADDRESSES }
    expect(await untilDrift(volume, 'OPEN')).toMatchObject({
      differences: ['hostNqns'],
      wanted: ours,
      written: ours,
      observed: { hostNqns: [host.nqn, OTHER].sort(), admitsAnyHost: false },
    })
    home().setVolumeAcl(uuid, [host.nqn])
    await untilDrift(volume, 'RESOLVED')
  })

  it('stays reported beside what is attached after it', async () => {
    const [host, volume] = [await newHost(stack), await newVolume(stack)]
    home().setVolumeAcl(uuidOf(volume), [OTHER])
    await untilDrift(volume, 'OPEN')
    await attach(stack, volume, [host], 'SHARED')
    const drift = await untilDrift(volume, 'OPEN', ({ written }) =>
      JSON.stringify(written).includes(host.nqn),
    )
    expect(drift).toMatchObject({
      written: { hostNqns: [host.nqn] },
      observed: { hostNqns: [host.nqn, OTHER].sort() },
    })
    const stranger = await newHost(stack, { nqn: OTHER })
    await attach(stack, volume, [stranger], 'SHARED')
    await untilDrift(volume, 'RESOLVED')
    await end('detachVolume', { id: volume.id })
    await mutate(stack, 'deleteHost', { id: stranger.id }, 'host { id }')
    expect(accessOf(uuidOf(volume)).acl).toEqual(['ALLOW_NONE'])
  })

  it('is put right by asking again, addresses too', async () => {
    const { host, volume, uuid } = await attached({}, { addresses: ['10.0.0.1'] })
    home().setVolumeIpAcl(uuid, ['10.9.9.9'])
    expect(await untilDrift(volume, 'OPEN')).toMatchObject({
      differences: ['addresses'],
      written: { addresses: ['10.0.0.1'] },
      observed: { addresses: ['10.9.9.9'], admitsAnyAddress: false },
    })
    expect((await readReach(stack, volume.id)).attachments).toMatchObject([{ isObserved: false }])
    await attach(stack, volume, [host])
    expect(accessOf(uuid)).toEqual({ acl: [host.nqn], ipAcl: ['10.0.0.1'] })
    await untilDrift(volume, 'RESOLVED')
    expect((await readReach(stack, volume.id)).attachments).toMatchObject([{ isObserved: true }])
  })

  it('to let every host in is closed again by force only', async () => {
    const { host, volume, uuid } = await attached()
    home().setVolumeAcl(uuid, ['ALLOW_ANY'])
    expect(await untilDrift(volume, 'OPEN')).toMatchObject({
      observed: { admitsAnyHost: true, hostNqns: [] },
    })
    const input = { id: volume.id, hostIds: [host.id] }
    for (const field of ['attachVolume', 'detachVolume'] as const) {
      expect(await end(field, input)).toMatchObject({ state: 'FAILED', error: { code: 'FOREIGN_HOSTS' } })
      expect((await readReach(stack, volume.id)).attachments).toMatchObject([{ confirmedMode: 'EXCLUSIVE' }])
    }
    expect(await end('attachVolume', { ...input, force: true })).toMatchObject({ state: 'SUCCEEDED' })
    expect(accessOf(uuid).acl).toEqual([host.nqn])
    await untilDrift(volume, 'RESOLVED')

    home().setVolumeAcl(uuid, ['ALLOW_ANY'])
    await untilDrift(volume, 'OPEN')
    expect(await end('detachVolume', { id: volume.id, force: true })).toMatchObject({ state: 'SUCCEEDED' })
    expect(accessOf(uuid).acl).toEqual(['ALLOW_NONE'])
    await untilDrift(volume, 'RESOLVED')
  })

  /** A volume that two of our hosts have, one of which is to lose it. */
  async function shared() {
    const hosts = { leaving: await newHost(stack), staying: await newHost(stack) }
    const volume = await newVolume(stack)
    await attach(stack, volume, Object.values(hosts), 'SHARED')
    const letInAnother = (): void =>
      home().setVolumeAcl(uuidOf(volume), [hosts.leaving.nqn, hosts.staying.nqn, OTHER])
    const detach = () => end('detachVolume', { id: volume.id, hostIds: [hosts.leaving.id] })
    const expectDetached = async (): Promise<void> => {
      expect(home().faults.list()).toEqual([])
      expect(accessOf(uuidOf(volume)).acl).toEqual([hosts.staying.nqn, OTHER].sort())
      expect((await readReach(stack, volume.id)).attachments).toEqual([
        { host: { id: hosts.staying.id }, wantedMode: 'SHARED', confirmedMode: 'SHARED', isObserved: true },
      ])
    }
    return { letInAnother, detach, expectDetached }
  }

  it.each([503, 409, 412])('loses nobody else with a detachment that is answered %i', async (status) => {
    const { letInAnother, detach, expectDetached } = await shared()
    letInAnother()
    home().faults.set({ kind: 'error', status, operations: ['UpdateVolume'], times: 1 })
    expect(await detach()).toMatchObject({ kind: 'DETACH_VOLUME', state: 'SUCCEEDED' })
    await expectDetached()
  })

  it('keeps who was let in while a detachment was under way, which loses the race for the ETag', async () => {
    const { letInAnother, detach, expectDetached } = await shared()
    home().faults.set({ kind: 'latency', delayMs: 1_000, operations: ['UpdateVolume'], times: 1 })
    const detached = detach()
    await waitUntil('the cluster to be asked', () => home().faults.list().length === 0)
    letInAnother()
    expect(await detached).toMatchObject({ state: 'SUCCEEDED' })
    await expectDetached()
  })

  it('gives way to an exclusive attachment by force only', async () => {
    const [host, volume] = [await newHost(stack), await newVolume(stack)]
    home().setVolumeAcl(uuidOf(volume), [OTHER])
    const input = { id: volume.id, hostIds: [host.id] }
    expect(await end('attachVolume', input)).toMatchObject({ error: { code: 'FOREIGN_HOSTS' } })
    expect(accessOf(uuidOf(volume)).acl).toEqual([OTHER])
    expect(await end('attachVolume', { ...input, force: true })).toMatchObject({ state: 'SUCCEEDED' })
    expect(accessOf(uuidOf(volume)).acl).toEqual([host.nqn])
  })

  it('of many volumes gives way to force in bulk', async () => {
    const [host, volumes] = [await newHost(stack), [await newVolume(stack), await newVolume(stack)]]
    const acls = () => volumes.map((volume) => accessOf(uuidOf(volume)).acl)
    for (const volume of volumes) home().setVolumeAcl(uuidOf(volume), [OTHER])
    for (const volume of volumes) await untilDrift(volume, 'OPEN')
    const selection = { ids: volumes.map(({ id }) => id) }
    const asked = async (field: string, input: Record<string, unknown>) => {
      const idempotencyKey = `bulk-${field}-${volumes[0]?.id}-${input.force ?? false}`
      const { operation } = await askBulk(stack, field, { idempotencyKey, selection, ...input })
      return untilEnded(stack, operation?.id)
    }
    const hostIds = [host.id]
    expect(await asked('bulkAttachVolumes', { hostIds })).toMatchObject({ counts: { failed: 2 } })
    expect(acls()).toEqual([[OTHER], [OTHER]])
    expect(await asked('bulkAttachVolumes', { hostIds, force: true })).toMatchObject({ state: 'SUCCEEDED' })
    expect(acls()).toEqual([[host.nqn], [host.nqn]])
    for (const volume of volumes) home().setVolumeAcl(uuidOf(volume), [host.nqn, OTHER])
    for (const volume of volumes) await untilDrift(volume, 'OPEN')
    expect(await asked('bulkDetachVolumes', { force: true })).toMatchObject({ state: 'SUCCEEDED' })
    expect(acls()).toEqual([['ALLOW_NONE'], ['ALLOW_NONE']])
  })

  it('is put back where the policy says so, but nobody who was let in by name is locked out', async () => {
    await createPolicy(stack.api, { name: 'strict', drift: 'REVERT' })
    const { host, volume, uuid } = await attached({ policy: 'strict' }, { addresses: ['10.0.0.1'] })
    const right = { acl: [host.nqn], ipAcl: ['10.0.0.1'] }
    const untilRight = () =>
      waitUntil('it to be put back', async () => {
        await refresh()
        return JSON.stringify(accessOf(uuid)) === JSON.stringify(right)
      })
    for (const acl of [['ALLOW_NONE'], ['ALLOW_ANY']]) {
      home().setVolumeAcl(uuid, acl)
      await untilRight()
      // Until it is seen to be right, what comes next is part of the same change.
      await untilDrift(volume, 'RESOLVED')
    }
    home().setVolumeIpAcl(uuid, ['ALLOW_ANY'])
    await untilRight()
    const { history } = await untilDrift(volume, 'RESOLVED')
    expect(history.filter(({ action }) => action === 'REVERTED')).toHaveLength(3)

    home().setVolumeAcl(uuid, [host.nqn, OTHER])
    await untilDrift(volume, 'OPEN', ({ differences }) => differences.includes('hostNqns'))
    home().renameVolume(uuid, 'astray')
    await waitUntil('its name to be put back', async () => {
      await refresh()
      return recordOf(stack, volume)?.uuid === uuid
    })
    expect(accessOf(uuid)).toEqual({ acl: [host.nqn, OTHER], ipAcl: ['ALLOW_ANY'] })
    const left = await untilDrift(volume, 'OPEN', ({ differences }) => !differences.includes('name'))
    expect(left.differences).toEqual(['hostNqns', 'addresses'])
    expect((await readVolume(stack, volume.id)).state).toBe('AVAILABLE')
  })

  async function lost(uuid: string, volume: VolumeAnswer) {
    home().deleteVolume(uuid)
    await waitUntil('it to be missing', async () => {
      await refresh()
      return (await readVolume(stack, volume.id)).state === 'MISSING'
    })
  }

  it('is nobody’s when the volume is made anew and its cluster then refuses its hosts', async () => {
    const { host, volume, uuid } = await attached()
    await lost(uuid, volume)
    home().faults.set({ kind: 'error', status: 400, message: 'not today', operations: ['UpdateVolume'] })
    expect(await end('recreateVolume', { id: volume.id })).toMatchObject({
      state: 'FAILED',
      error: { message: expect.stringContaining('not today') },
    })
    home().faults.clear()
    expect((await readVolume(stack, volume.id)).state).toBe('AVAILABLE')
    expect((await readReach(stack, volume.id)).attachments).toEqual([])
    expect(accessOf(uuidOf(volume)).acl).toEqual(['ALLOW_NONE'])
    await takeSnapshot(stack, volume)
    await refresh()
    expect(await checkFleet(stack)).toEqual([])
    await attach(stack, volume, [host])
    expect(accessOf(uuidOf(volume)).acl).toEqual([host.nqn])
  })

  it('is given to its hosts again when the volume is lost and made anew', async () => {
    const { host, volume, uuid } = await attached({}, { addresses: ['10.0.0.1'] })
    await lost(uuid, volume)
    expect(await end('recreateVolume', { id: volume.id })).toMatchObject({ state: 'SUCCEEDED' })
    expect(uuidOf(volume)).not.toBe(uuid)
    expect(accessOf(uuidOf(volume))).toEqual({ acl: [host.nqn], ipAcl: ['10.0.0.1'] })
  })
})
