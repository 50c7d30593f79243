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
import { type AttachmentAnswer, attach, freshNqn, newHost, readReach } from '../testkit/hosts.ts'
import { SHORT_LEASES } from '../testkit/patches/short-leases.ts'
import { SHORT_RETRIES } from '../testkit/patches/short-retries.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { refreshAll } from '../testkit/refresh-all.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 2, seed: 23 },
    pollIntervalMs: 500,
    env: patchedEnv([...SHORT_LEASES, ...SHORT_RETRIES]),
  })
})
afterAll(() => stack?.close())
afterEach(async () => {
  for (const cluster of stack.fleet.clusters) {
    cluster.faults.clear()
    cluster.setDelays({ updateMs: 0, createMs: 0 })
  }
  await waitForRest(stack)
  // Nothing but an inventory shows whom others have let in.
  await refreshAll(stack)
  expect(await checkFleet(stack)).toEqual([])
})

const HOST = 'host { id nqn addresses revision }'
const OPERATION = 'operation { id kind state }'
interface Recorded {
  readonly code?: string
  readonly operation?: object
}
const aclOf = (volume: VolumeAnswer) => recordOf(stack, volume)?.acl
const clusterOf = (volume: VolumeAnswer) => clusterNamed(stack, volume.cluster.name)
const subsystemOf = (volume: VolumeAnswer) => `nqn.2016-01.com.lightbitslabs:uuid:${clusterOf(volume).uuid}`
const ask = <T>(query: string, variables: object) => stack.api.ask<T>(query, variables as never)

describe('a host', () => {
  it.each([
    ['no-nqn', /no NVMe qualified name; allowed: nqn\.YYYY-MM/],
    [`nqn.2019-09.com.example:${'x'.repeat(210)}`, /has 234 characters/],
    ['nqn.2014-08.org.nvmexpress:uuid:17', /no UUID/],
  ])('with the NQN %s is refused', async (nqn, message) => {
    const refused = await mutate<AttachmentAnswer>(stack, 'registerHost', { nqn }, HOST)
    expect(refused).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringMatching(message) })
  })

  it('is registered once, found, changed, and deleted when it has no volumes', async () => {
    const nqn = freshNqn()
    const input = { idempotencyKey: `register-${nqn}`, nqn, addresses: ['10.0.0.1'] }
    const { host } = await mutate<AttachmentAnswer>(stack, 'registerHost', input, HOST)
    const again = await mutate<AttachmentAnswer>(stack, 'registerHost', input, HOST)
    expect(again.host).toEqual(host)
    const other = await mutate(stack, 'registerHost', { ...input, addresses: [] }, HOST)
    expect(other.code).toBe('IDEMPOTENCY_CONFLICT')
    expect((await mutate(stack, 'registerHost', { nqn }, HOST)).code).toBe('NAME_TAKEN')
    const { hosts } = await ask<{ hosts: { nodes: object[]; totalCount: number } }>(
      'query ($nqn: String) { hosts(where: { nqn: { eq: $nqn } }) { totalCount nodes { id } } }',
      { nqn },
    )
    expect(hosts).toEqual({ totalCount: 1, nodes: [{ id: host?.id }] })
    const changed = await mutate<AttachmentAnswer>(
      stack,
      'updateHost',
      { id: host?.id, name: 'node-1', addresses: [], expectedRevision: 1 },
      HOST,
    )
    expect(changed.host).toMatchObject({ addresses: [], revision: 2 })
    const stale = await mutate(stack, 'updateHost', { id: host?.id, name: 'x', expectedRevision: 1 }, HOST)
    expect(stale.code).toBe('REVISION_CONFLICT')
    const removal = { id: host?.id, idempotencyKey: `delete-${nqn}` }
    const removed = await mutate<Recorded>(stack, 'deleteHost', removal, OPERATION)
    expect(await mutate(stack, 'deleteHost', removal, OPERATION)).toEqual(removed)
    expect(
      (await mutate<Recorded>(stack, 'deleteHost', { ...removal, expectedRevision: 9 }, OPERATION)).code,
    ).toBe('IDEMPOTENCY_CONFLICT')
    expect((await mutate<AttachmentAnswer>(stack, 'deleteHost', { id: host?.id }, HOST)).host?.id).toBe(
      host?.id,
    )
    expect((await newHost(stack, { nqn })).id).not.toBe(host?.id)
    const { operations } = await ask<{ operations: { nodes: object[] } }>(
      `query ($id: ID!) { operations(where: { hostId: [$id] }, orderBy: { field: CREATED_AT, direction: ASC }) {
        nodes { kind state actor target { ... on Host { id } } } } }`,
      { id: host?.id },
    )
    expect(operations.nodes).toEqual(
      ['REGISTER_HOST', 'UPDATE_HOST', 'DELETE_HOST', 'DELETE_HOST'].map((kind) => ({
        kind,
        state: 'SUCCEEDED',
        actor: expect.any(String),
        target: { id: host?.id },
      })),
    )
    expect(removed.operation).toEqual({
      id: expect.stringMatching(/^op_/),
      kind: 'DELETE_HOST',
      state: 'SUCCEEDED',
    })
  })

  it('with volumes is not deleted, nor given other addresses, but told which they are', async () => {
    const [host, volume] = [await newHost(stack), await newVolume(stack)]
    await attach(stack, volume, [host])
    const { deleteHost } = await ask<{ deleteHost: object }>(
      `mutation ($id: ID!) { deleteHost(input: { idempotencyKey: "held", id: $id }) { ... on Error { code }
        ... on HostAttachedError { volumeCount volumes { id } } } }`,
      { id: host.id },
    )
    expect(deleteHost).toEqual({ code: 'HOST_ATTACHED', volumeCount: 1, volumes: [{ id: volume.id }] })
    const moved = await mutate(stack, 'updateHost', { id: host.id, addresses: ['10.0.0.9'] }, HOST)
    expect(moved.code).toBe('HOST_ATTACHED')
    const { host: found } = await ask<{ host: object }>(
      'query ($id: ID!) { host(id: $id) { volumes { nodes { id } } } }',
      { id: host.id },
    )
    expect(found).toEqual({ volumes: { nodes: [{ id: volume.id }] } })
  })
})

describe('an attachment', () => {
  it('lets one host in from its addresses, and a second one only when it is shared', async () => {
    const volume = await newVolume(stack)
    const [first, second] = [await newHost(stack, { addresses: ['10.0.0.1'] }), await newHost(stack)]
    clusterOf(volume).setDelays({ updateMs: 500 })
    const input = { id: volume.id, hostIds: [first.id], expectedRevision: volume.revision }
    const { volume: attaching, operation } = await mutate(stack, 'attachVolume', input)
    expect(attaching?.state).toBe('UPDATING')
    const [wanted] = (await readReach(stack, volume.id)).attachments
    expect(wanted).toMatchObject({ wantedMode: 'EXCLUSIVE', confirmedMode: null })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ kind: 'ATTACH_VOLUME', state: 'SUCCEEDED' })
    expect(recordOf(stack, volume)).toMatchObject({ acl: [first.nqn], ipAcl: ['10.0.0.1'] })
    expect((await readReach(stack, volume.id)).attachments).toEqual([
      { host: { id: first.id }, wantedMode: 'EXCLUSIVE', confirmedMode: 'EXCLUSIVE', isObserved: true },
    ])

    const { attachVolume } = await ask<{ attachVolume: object }>(
      `mutation ($input: AttachVolumeInput!) { attachVolume(input: $input) { ... on Error { code message }
        ... on VolumeAttachedError { hosts { id } } } }`,
      { input: { idempotencyKey: `second-${volume.id}`, id: volume.id, hostIds: [second.id] } },
    )
    expect(attachVolume).toMatchObject({ code: 'VOLUME_ATTACHED', hosts: [{ id: first.id }] })
    const shared = { id: volume.id, hostIds: [second.id], mode: 'SHARED' }
    expect((await mutate(stack, 'attachVolume', shared)).code).toBe('VOLUME_ATTACHED')
    expect(aclOf(volume)).toEqual([first.nqn])

    await attach(stack, volume, [first, second], 'SHARED')
    expect(recordOf(stack, volume)).toMatchObject({
      acl: [first.nqn, second.nqn].sort(),
      ipAcl: ['ALLOW_ANY'],
    })
    const detached = await mutate(stack, 'detachVolume', { id: volume.id, hostIds: [second.id] })
    await untilDone(stack, detached.operation?.id)
    expect(recordOf(stack, volume)).toMatchObject({ acl: [first.nqn], ipAcl: ['10.0.0.1'] })
    const rest = await mutate(stack, 'detachVolume', { id: volume.id })
    expect(await untilDone(stack, rest.operation?.id)).toMatchObject({
      kind: 'DETACH_VOLUME',
      state: 'SUCCEEDED',
    })
    expect(recordOf(stack, volume)).toMatchObject({ acl: ['ALLOW_NONE'], ipAcl: ['ALLOW_ANY'] })
    expect((await readReach(stack, volume.id)).attachments).toEqual([])
  })

  it('may be asked for again, and a detachment too; an unknown host is refused', async () => {
    const [host, volume] = [await newHost(stack), await newVolume(stack)]
    const input = { idempotencyKey: `attach-${volume.id}`, id: volume.id, hostIds: [host.id] }
    const { operation } = await mutate(stack, 'attachVolume', input)
    await untilDone(stack, operation?.id)
    expect((await mutate(stack, 'attachVolume', input)).operation?.id).toBe(operation?.id)
    const again = await mutate(stack, 'attachVolume', { id: volume.id, hostIds: [host.id] })
    expect(again).toMatchObject({ volume: { state: 'AVAILABLE' }, operation: { state: 'SUCCEEDED' } })
    const stranger = await newHost(stack)
    const none = await mutate(stack, 'detachVolume', { id: volume.id, hostIds: [stranger.id] })
    expect(none.operation?.state).toBe('SUCCEEDED')
    await mutate(stack, 'deleteHost', { id: stranger.id }, HOST)
    const unknown = await mutate(stack, 'attachVolume', { id: volume.id, hostIds: [stranger.id] })
    expect(unknown).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining(stranger.id) })
    expect(aclOf(volume)).toEqual([host.nqn])
  })

  it.each([
    { kind: 'dropAnswer' },
    { kind: 'dropRequest' },
    { kind: 'error', status: 503 },
    { kind: 'error', status: 409 },
    { kind: 'error', status: 412 },
  ] as const)('comes to be in spite of %o', async (fault) => {
    const [host, volume] = [await newHost(stack), await newVolume(stack)]
    clusterOf(volume).faults.set({ ...fault, operations: ['UpdateVolume'], times: 1 })
    await attach(stack, volume, [host])
    expect(aclOf(volume)).toEqual([host.nqn])
  })

  it('that loses the race for the ETag keeps whom the other has let in', async () => {
    const [host, volume] = [await newHost(stack), await newVolume(stack)]
    const cluster = clusterOf(volume)
    const uuid = recordOf(stack, volume)?.uuid ?? ''
    cluster.faults.set({ kind: 'latency', delayMs: 1_000, operations: ['UpdateVolume'], times: 1 })
    const input = { id: volume.id, hostIds: [host.id], mode: 'SHARED' }
    const { operation } = await mutate(stack, 'attachVolume', input)
    await waitUntil('the cluster to be asked', () => cluster.faults.list().length === 0)
    cluster.setVolumeAcl(uuid, ['nqn.2019-09.com.example:other'])
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(aclOf(volume)).toEqual([host.nqn, 'nqn.2019-09.com.example:other'].sort())
  })

  it('waits for a volume that its cluster is busy with', async () => {
    const [host, volume] = [await newHost(stack), await newVolume(stack)]
    const uuid = recordOf(stack, volume)?.uuid ?? ''
    clusterOf(volume).setVolumeState(uuid, 'Updating')
    const { operation } = await mutate(stack, 'attachVolume', { id: volume.id, hostIds: [host.id] })
    await waitUntil('the work to begin', async () => (await operationOf(operation?.id)).state === 'RUNNING')
    expect(aclOf(volume)).toEqual(['ALLOW_NONE'])
    clusterOf(volume).setVolumeState(uuid, 'Available')
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(aclOf(volume)).toEqual([host.nqn])
  })

  it('that is exclusive is refused beside a host that others have let in, and leaves it there', async () => {
    const [host, volume] = [await newHost(stack), await newVolume(stack)]
    clusterOf(volume).setVolumeAcl(recordOf(stack, volume)?.uuid ?? '', ['nqn.2019-09.com.example:other'])
    const { operation } = await mutate(stack, 'attachVolume', { id: volume.id, hostIds: [host.id] })
    const ended = await untilDone(stack, operation?.id)
    expect(ended).toMatchObject({ state: 'FAILED', error: { code: 'FOREIGN_HOSTS' } })
    expect(aclOf(volume)).toEqual(['nqn.2019-09.com.example:other'])
    expect(await readReach(stack, volume.id)).toMatchObject({ attachments: [] })
    expect((await readVolume(stack, volume.id)).state).toBe('AVAILABLE')
  })

  it('that the cluster refuses is none; a detachment that it refuses leaves the host attached', async () => {
    const [host, volume] = [await newHost(stack), await newVolume(stack)]
    const refusal = { kind: 'error' as const, status: 400, operations: ['UpdateVolume'] }
    clusterOf(volume).faults.set(refusal)
    const { operation } = await mutate(stack, 'attachVolume', { id: volume.id, hostIds: [host.id] })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'FAILED' })
    expect((await readReach(stack, volume.id)).attachments).toEqual([])
    clusterOf(volume).faults.clear()
    await attach(stack, volume, [host])
    clusterOf(volume).faults.set(refusal)
    const detached = await mutate(stack, 'detachVolume', { id: volume.id })
    expect(await untilDone(stack, detached.operation?.id)).toMatchObject({ state: 'FAILED' })
    expect((await readReach(stack, volume.id)).attachments).toMatchObject([
      { wantedMode: 'EXCLUSIVE', confirmedMode: 'EXCLUSIVE' },
    ])
  })

  it('is seen to be lost when others take it away, and comes back when it is asked for again', async () => {
    const [host, volume] = [await newHost(stack), await newVolume(stack)]
    await attach(stack, volume, [host])
    clusterOf(volume).setVolumeAcl(recordOf(stack, volume)?.uuid ?? '', ['ALLOW_NONE'])
    await mutate(stack, 'refreshCluster', { id: volume.cluster.id }, 'operation { id }')
    await waitUntil('the poll to see it', async () => {
      const [attachment] = (await readReach(stack, volume.id)).attachments
      return attachment?.isObserved === false
    })
    await attach(stack, volume, [host])
    expect(aclOf(volume)).toEqual([host.nqn])
  })

  it('and a detachment are finished when the worker is killed during them', async () => {
    const [host, volume] = [await newHost(stack), await newVolume(stack)]
    clusterOf(volume).setDelays({ updateMs: 1_000 })
    for (const [field, acl] of [
      ['attachVolume', host.nqn],
      ['detachVolume', 'ALLOW_NONE'],
    ] as const) {
      const { operation } = await mutate(stack, field, { id: volume.id, hostIds: [host.id] })
      await waitUntil('the cluster to be asked', () => recordOf(stack, volume)?.state === 'Updating')
      await stack.worker.stop('SIGKILL')
      await stack.worker.start()
      expect(await untilDone(stack, operation?.id, 60_000)).toMatchObject({ state: 'SUCCEEDED' })
      expect(aclOf(volume)).toEqual([acl])
    }
  })
})

describe('a volume that hosts have', () => {
  it('is deleted only when that is forced', async () => {
    const [host, volume] = [await newHost(stack), await newVolume(stack)]
    await attach(stack, volume, [host])
    const { deleteVolume } = await ask<{ deleteVolume: object }>(
      `mutation ($key: String!, $id: ID!) { deleteVolume(input: { idempotencyKey: $key, id: $id }) { ... on Error { code message }
        ... on VolumeAttachedError { hosts { id } } } }`,
      { key: `delete-${volume.id}`, id: volume.id },
    )
    expect(deleteVolume).toMatchObject({ code: 'VOLUME_ATTACHED', hosts: [{ id: host.id }] })
    expect(aclOf(volume)).toEqual([host.nqn])
    const { operation } = await mutate(stack, 'deleteVolume', { id: volume.id, force: true })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(await readReach(stack, volume.id)).toMatchObject({ attachments: [], connection: { target: null } })
    const deleted = await mutate<AttachmentAnswer>(stack, 'deleteHost', { id: host.id }, HOST)
    expect(deleted.host?.id).toBe(host.id)
  })

  it('is not put back to a snapshot before it is detached', async () => {
    const [host, volume] = [await newHost(stack), await newVolume(stack)]
    const snapshot = await takeSnapshot(stack, volume)
    await attach(stack, volume, [host])
    const input = { id: volume.id, snapshotId: snapshot.id }
    expect((await mutate(stack, 'restoreVolume', input)).code).toBe('VOLUME_ATTACHED')
    const detached = await mutate(stack, 'detachVolume', { id: volume.id })
    await untilDone(stack, detached.operation?.id)
    const { operation } = await mutate(stack, 'restoreVolume', input)
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
  })
})

describe('the connection of a volume', () => {
  it('names its own cluster, on each of them, with commands for the hosts that are attached', async () => {
    const host = await newHost(stack)
    const volumes: VolumeAnswer[] = []
    await waitUntil('a volume on each cluster', async () => {
      volumes.push(await newVolume(stack))
      return new Set(volumes.map(({ cluster }) => cluster.id)).size === 2
    })
    for (const volume of volumes) {
      await attach(stack, volume, [host])
      const { connection } = await readReach(stack, volume.id)
      const nvmeEndpoints = clusterOf(volume)
        .nodes()
        .map((node) => node.nvmeEndpoint)
      expect(connection).toMatchObject({
        reason: null,
        target: {
          subsystemNqn: subsystemOf(volume),
          volumeUuid: recordOf(stack, volume)?.uuid,
          nvmeEndpoints,
        },
      })
      expect(connection.target?.nvmeEndpoints.toSorted()).toEqual(nvmeEndpoints.toSorted())
      const [instructions] = connection.target?.instructions ?? []
      expect(instructions?.host.id).toBe(host.id)
      expect(instructions?.nvmeCliCommands).toHaveLength(nvmeEndpoints.length)
      const others = stack.fleet.clusters.filter((each) => each !== clusterOf(volume))
      for (const text of [...(instructions?.nvmeCliCommands ?? []), instructions?.discoveryFile ?? '']) {
        expect(text).toContain(subsystemOf(volume))
        expect(text).toContain(host.nqn)
        for (const { uuid } of others) expect(text).not.toContain(uuid)
      }
    }
  })

  it('is null with a reason until the volume is there, and then that of the cluster that took it', async () => {
    for (const cluster of stack.fleet.clusters) cluster.setDelays({ createMs: 1_500 })
    const [refuser] = stack.fleet.clusters
    refuser?.faults.set({
      kind: 'error',
      status: 400,
      message: 'not today',
      operations: ['CreateVolume'],
    })
    const created: VolumeAnswer[] = []
    await waitUntil('one to be placed on the cluster that refuses', async () => {
      const name = `replaced-${created.length}`
      const { volume, operation } = await mutate(stack, 'createVolume', { name, sizeBytes: '8GiB' })
      if (!volume) return false
      created.push(volume)
      expect((await readReach(stack, volume.id)).connection).toMatchObject({
        target: null,
        reason: 'the volume is CREATING',
      })
      expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
      return volume.cluster.name === refuser?.name
    })
    for (const { id } of created) {
      const volume = await readVolume(stack, id)
      expect(volume.cluster.name).not.toBe(refuser?.name)
      const { target } = (await readReach(stack, id)).connection
      expect(target).toMatchObject({
        subsystemNqn: subsystemOf(volume),
        volumeUuid: recordOf(stack, volume)?.uuid,
        instructions: [],
      })
    }
  })
})

async function operationOf(id: string | undefined): Promise<{ readonly state: string }> {
  const query = 'query ($id: ID!) { operation(id: $id) { state } }'
  return (await ask<{ operation: { readonly state: string } }>(query, { id })).operation
}
