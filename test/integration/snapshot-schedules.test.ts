import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  clusterNamed,
  mutate,
  newVolume,
  readSnapshot,
  readVolume,
  snapshotRecordOf,
  takeSnapshot,
  untilDone,
  type VolumeAnswer,
} from '../testkit/data-life.ts'
import {
  letPass,
  mutateSchedule,
  newSchedule,
  readSchedule,
  type ScheduleAnswer,
} from '../testkit/schedules.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'
import { followWithCurl } from './event-stream.ts'

let stack: Stack

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 2, seed: 31 }, pollIntervalMs: 500 })
})
afterAll(() => stack?.close())
afterEach(async () => {
  for (const cluster of stack.fleet.clusters) {
    cluster.faults.clear()
    cluster.setDelays({ createMs: 0, deleteMs: 0 })
    if (cluster.connectivity !== 'open') await cluster.setConnectivity('open')
  }
  await waitForRest(stack)
  expect(await checkFleet(stack)).toEqual([])
})

const clusterOf = (volume: VolumeAnswer) => clusterNamed(stack, volume.cluster.name)

/** Snapshots that the cluster has of the volume, whoever asked for them. */
const onCluster = (volume: VolumeAnswer) =>
  clusterOf(volume)
    .snapshots()
    .filter(({ sourceVolumeName, state }) => sourceVolumeName === volume.backendName && state === 'Available')

const until = (
  what: string,
  { id }: Pick<ScheduleAnswer, 'id'>,
  holds: (schedule: ScheduleAnswer) => boolean,
): Promise<ScheduleAnswer> =>
  waitUntil(
    what,
    async () => {
      const schedule = await readSchedule(stack, id)
      return holds(schedule) && schedule
    },
    60_000,
  )

/** Lets a moment come due, and waits for its snapshot. */
async function runOnce(schedule: ScheduleAnswer, seconds = 61): Promise<ScheduleAnswer> {
  const before = await readSchedule(stack, schedule.id)
  await letPass(stack, schedule.id, seconds)
  const after = await until('the next run', schedule, ({ lastRunAt }) => lastRunAt !== before.lastRunAt)
  await untilDone(stack, after.lastOutcome?.operation?.id, 60_000)
  return readSchedule(stack, schedule.id)
}

describe('a schedule', () => {
  it('takes snapshots one after the other and keeps so many of them', async () => {
    const volume = await newVolume(stack)
    const schedule = await newSchedule(stack, volume.id, {
      keepCount: 2,
      labels: [{ key: 'by', value: 'us' }],
    })
    expect(schedule).toMatchObject({ lastRunAt: null, lastOutcome: null, held: { available: 0 } })
    const names: string[] = []
    for (let run = 0; run < 4; run++) {
      const after = await runOnce(schedule)
      expect(after.lastOutcome).toMatchObject({
        kind: 'TAKEN',
        reason: null,
        operation: { kind: 'CREATE_SNAPSHOT', state: 'SUCCEEDED' },
      })
      expect(Date.parse(after.nextRunAt ?? '')).toBeGreaterThan(Date.parse(after.lastRunAt ?? ''))
      names.push(after.lastOutcome?.snapshot?.name ?? '')
    }
    expect(new Set(names).size).toBe(4)
    const kept = await until(
      'the oldest to be gone',
      schedule,
      ({ snapshots }) => snapshots.nodes.length === 2,
    )
    expect(kept.held).toEqual({ available: 2, lingering: 0 })
    expect(kept.snapshots.nodes.map(({ name }) => name)).toEqual(names.slice(2).reverse())
    expect(onCluster(volume)).toHaveLength(2)
    const [newest] = kept.snapshots.nodes
    expect(await readSnapshot(stack, newest?.id ?? '')).toMatchObject({
      labels: [{ key: 'by', value: 'us' }],
    })
    const { snapshot } = await stack.api.ask<{ snapshot: { schedule: { id: string } } }>(
      'query ($id: ID!) { snapshot(id: $id) { schedule { id } } }',
      { id: newest?.id },
    )
    expect(snapshot.schedule.id).toBe(schedule.id)
    const { operations } = await stack.api.ask<{ operations: { nodes: { actor: string }[] } }>(
      `{ operations(where: { kind: [DELETE_SNAPSHOT] }) { nodes { actor } } }`,
    )
    expect(operations.nodes.filter(({ actor }) => actor === schedule.id)).toHaveLength(2)
  })

  it('comes at its start by itself, and its snapshots go when their time is over', async () => {
    const volume = await newVolume(stack)
    const startAt = new Date(Date.now() + 10_000).toISOString()
    const schedule = await newSchedule(stack, volume.id, {
      recurrence: { everySeconds: 3_600, startAt },
      keepCount: null,
      retentionSeconds: 3,
    })
    expect(schedule).toMatchObject({ nextRunAt: startAt, recurrence: { startAt } })
    const run = await until('the first run', schedule, ({ lastOutcome }) => lastOutcome !== null)
    expect(run.lastOutcome).toMatchObject({ kind: 'TAKEN', dueAt: startAt })
    const moment = startAt.slice(0, 19).replaceAll(/[-:]/g, '')
    expect(run.lastOutcome?.snapshot?.name).toBe(`minutely-${moment}Z`)
    expect(Date.parse(run.nextRunAt ?? '')).toBe(Date.parse(startAt) + 3_600_000)
    await untilDone(stack, run.lastOutcome?.operation?.id)
    await until('its time to be over', schedule, ({ snapshots }) => snapshots.nodes.length === 0)
    expect(onCluster(volume)).toEqual([])
  })

  it('makes up once for all that was due while its worker was dead', async () => {
    const volume = await newVolume(stack)
    const schedule = await newSchedule(stack, volume.id)
    await stack.worker.stop('SIGKILL')
    await letPass(stack, schedule.id, 3 * 3_600)
    await stack.worker.start()
    const run = await until('the run to be made up', schedule, ({ lastOutcome }) => lastOutcome !== null)
    await untilDone(stack, run.lastOutcome?.operation?.id, 60_000)
    const after = await until('it to be there', schedule, ({ held }) => held.available === 1)
    expect(after.snapshots.nodes).toHaveLength(1)
    expect(Date.parse(after.nextRunAt ?? '')).toBeGreaterThan(Date.now() - 1_000)
    // Of some 180 moments the last one counts.
    expect(Date.now() - Date.parse(after.lastOutcome?.dueAt ?? '')).toBeLessThan(120_000)
    expect(onCluster(volume)).toHaveLength(1)
  })

  it('never takes a moment twice, however often its worker is killed in between', async () => {
    const volume = await newVolume(stack)
    const schedule = await newSchedule(stack, volume.id, { keepCount: 100 })
    const ROUNDS = 5
    for (let round = 0; round < ROUNDS; round++) {
      await letPass(stack, schedule.id, 600)
      await sleep(Math.random() * 2_500)
      await stack.worker.stop('SIGKILL')
      await stack.worker.start()
    }
    await until('all to be made up', schedule, (each) => Date.parse(each.nextRunAt ?? '') > Date.now())
    await waitForRest(stack)
    const { snapshots } = await readSchedule(stack, schedule.id)
    expect(snapshots.nodes.length).toBeGreaterThan(0)
    expect(snapshots.nodes.length).toBeLessThanOrEqual(ROUNDS)
    expect(onCluster(volume)).toHaveLength(snapshots.nodes.length)
  })

  it('goes on when the queue has lost everything', async () => {
    const volume = await newVolume(stack)
    const schedule = await newSchedule(stack, volume.id)
    // Whoever is at work in it may be in the way, and the database then ends one of the two.
    await waitUntil('the queue to be gone', async () => {
      await stack.sql.query('DROP SCHEMA IF EXISTS bullmq CASCADE')
      return true
    })
    const after = await runOnce(schedule)
    expect(after.lastOutcome?.kind).toBe('TAKEN')
    await stack.worker.stop()
    await stack.worker.start()
  })

  it('has one snapshot of all that was due while its cluster was away', async () => {
    const volume = await newVolume(stack)
    const schedule = await newSchedule(stack, volume.id)
    await clusterOf(volume).setConnectivity('refused')
    await letPass(stack, schedule.id, 61)
    await until('a snapshot to wait', schedule, ({ lastOutcome }) => lastOutcome?.kind === 'TAKEN')
    await letPass(stack, schedule.id, 61)
    const skipped = await until('a skip', schedule, ({ lastOutcome }) => lastOutcome?.kind === 'SKIPPED')
    expect(skipped.lastOutcome?.reason).toMatch(
      /minutely-\d{8}T\d{6}Z, of the run before, is still to be taken/,
    )
    await clusterOf(volume).setConnectivity('open')
    const after = await until('it to be taken', schedule, ({ held }) => held.available === 1)
    expect(after.snapshots.nodes).toHaveLength(1)
    expect(onCluster(volume)).toHaveLength(1)
  })

  it('waits for a volume that is at work, and takes it once', async () => {
    for (const cluster of stack.fleet.clusters) cluster.setDelays({ createMs: 8_000 })
    const { volume: wanted } = await mutate(stack, 'createVolume', { name: 'slow', sizeBytes: '8GiB' })
    const schedule = await newSchedule(stack, wanted?.id ?? '')
    await letPass(stack, schedule.id, 600)
    const waiting = await until('a wait', schedule, ({ lastOutcome }) => lastOutcome !== null)
    expect(waiting.lastOutcome).toMatchObject({
      kind: 'WAITING',
      reason: 'the volume is CREATING; a snapshot needs an AVAILABLE one',
      snapshot: null,
    })
    const taken = await until('it to be taken', schedule, ({ held }) => held.available === 1)
    expect(taken.lastOutcome?.kind).toBe('TAKEN')
    expect(onCluster(await readVolume(stack, wanted?.id ?? ''))).toHaveLength(1)
  })

  it('skips a moment whose name somebody has taken', async () => {
    const volume = await newVolume(stack)
    const startAt = new Date(Date.now() + 12_000)
    const name = `mine-${startAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
    await takeSnapshot(stack, volume, { name })
    const schedule = await newSchedule(stack, volume.id, {
      name: 'mine',
      recurrence: { everySeconds: 60, startAt: startAt.toISOString() },
    })
    const { lastOutcome } = await until('the run', schedule, (each) => each.lastOutcome !== null)
    expect(lastOutcome).toMatchObject({ kind: 'SKIPPED', snapshot: null })
    expect(lastOutcome?.reason).toContain(`has a snapshot named "${name}" already`)
  })

  it('counts one that lingers under its clone apart', async () => {
    const volume = await newVolume(stack)
    const schedule = await newSchedule(stack, volume.id, { keepCount: 1 })
    const first = await runOnce(schedule)
    const { volume: clone, operation } = await mutate(stack, 'createVolume', {
      name: 'clone-of-scheduled',
      source: { snapshotId: first.lastOutcome?.snapshot?.id },
    })
    await untilDone(stack, operation?.id)
    await runOnce(schedule)
    const after = await until('the first to linger', schedule, ({ held }) => held.lingering === 1)
    expect(after.held).toEqual({ available: 1, lingering: 1 })
    await runOnce(schedule)
    await until('no more than one', schedule, ({ held }) => held.available === 1 && held.lingering === 1)
    const { operation: gone } = await mutate(stack, 'deleteVolume', { id: clone?.id })
    await untilDone(stack, gone?.id)
    await until('none to linger', schedule, ({ held }) => held.lingering === 0)
  })

  it('goes with its volume, and tells so', async () => {
    const volume = await newVolume(stack)
    const stream = followWithCurl(stack.api, { kinds: ['SCHEDULE'] })
    await waitUntil('the stream to begin', () => stream.received.length > 0)
    const schedule = await newSchedule(stack, volume.id)
    const { operation } = await mutate(stack, 'deleteVolume', { id: volume.id })
    await untilDone(stack, operation?.id)
    expect(await readSchedule(stack, schedule.id)).toMatchObject({
      deletedAt: expect.any(String),
      nextRunAt: null,
    })
    const told = () => stream.received.map(({ message }) => message.__typename)
    await waitUntil(
      'both events',
      () => told().filter((name) => name === 'SnapshotScheduleChanged').length >= 2,
    )
    await stream.stop()
    expect(told()).not.toContain('SnapshotChanged')
  })
})

describe('a change', () => {
  it('pauses a schedule, and begins anew after the pause', async () => {
    const volume = await newVolume(stack)
    const { id, revision } = await newSchedule(stack, volume.id)
    const paused = await mutateSchedule(stack, 'updateSnapshotSchedule', {
      id,
      expectedRevision: revision,
      paused: true,
    })
    expect(paused.snapshotSchedule).toMatchObject({ isPaused: true, nextRunAt: null, revision: revision + 1 })
    const conflict = await mutateSchedule(stack, 'updateSnapshotSchedule', {
      id,
      expectedRevision: revision,
      paused: false,
    })
    expect(conflict).toMatchObject({ __typename: 'RevisionConflictError' })
    await letPass(stack, id, 600)
    const { snapshotSchedule: resumed } = await mutateSchedule(stack, 'updateSnapshotSchedule', {
      id,
      paused: false,
    })
    expect(Date.parse(resumed?.nextRunAt ?? '')).toBeGreaterThan(Date.now() - 1_000)
    expect(resumed?.lastOutcome).toBeNull()
    await mutateSchedule(stack, 'deleteSnapshotSchedule', { id })
    const { operations } = await stack.api.ask<{ operations: { nodes: object[] } }>(
      `query ($id: ID!) { operations(where: { snapshotScheduleId: [$id] }, orderBy: { field: CREATED_AT, direction: ASC }) {
        nodes { kind state target { ... on SnapshotSchedule { id } } } } }`,
      { id },
    )
    const kinds = ['CREATE', 'UPDATE', 'UPDATE', 'DELETE'].map((what) => `${what}_SNAPSHOT_SCHEDULE`)
    expect(operations.nodes).toEqual(kinds.map((kind) => ({ kind, state: 'SUCCEEDED', target: { id } })))
  })

  it('of the count lets what is too many go at once; of the recurrence moves the next run', async () => {
    const volume = await newVolume(stack)
    const schedule = await newSchedule(stack, volume.id)
    for (let run = 0; run < 3; run++) await runOnce(schedule)
    const { snapshotSchedule: changed } = await mutateSchedule(stack, 'updateSnapshotSchedule', {
      id: schedule.id,
      keepCount: 1,
      recurrence: { pattern: '0 3 * * *', timeZone: 'Europe/Berlin' },
      name: 'nightly',
    })
    expect(changed).toMatchObject({
      name: 'nightly',
      keepCount: 1,
      recurrence: { everySeconds: null, pattern: '0 3 * * *', timeZone: 'Europe/Berlin' },
    })
    expect(changed?.nextRunAt).toMatch(/T0[12]:00:00\.000Z$/)
    await until('two to go', schedule, ({ snapshots }) => snapshots.nodes.length === 1)
    const run = await runOnce(schedule, 2 * 86_400)
    expect(run.lastOutcome?.snapshot?.name).toMatch(/^nightly-\d{8}T0[12]0000Z$/)
  })

  it('that deletes a schedule leaves its snapshots, unless they are to go with it', async () => {
    const volume = await newVolume(stack)
    const [kept, doomed] = [
      await newSchedule(stack, volume.id, { name: 'kept' }),
      await newSchedule(stack, volume.id, { name: 'doomed' }),
    ]
    await runOnce(kept)
    await runOnce(doomed)
    const first = await mutateSchedule(stack, 'deleteSnapshotSchedule', { id: kept.id })
    expect(first.snapshotSchedule).toMatchObject({ deletedAt: expect.any(String), held: { available: 1 } })
    await mutateSchedule(stack, 'deleteSnapshotSchedule', { id: doomed.id, deleteSnapshots: true })
    await until('they to go', doomed, ({ snapshots }) => snapshots.nodes.length === 0)
    expect(onCluster(volume)).toHaveLength(1)
    const again = await mutateSchedule(stack, 'deleteSnapshotSchedule', { id: doomed.id })
    expect(again.__typename).toBe('DeleteSnapshotSchedulePayload')
    await newSchedule(stack, volume.id, { name: 'kept' })
  })

  it('is answered again under its key', async () => {
    const volume = await newVolume(stack)
    const input = { idempotencyKey: 'schedule-key', startAt: '2026-01-01T00:00:00Z' }
    const recurrence = { everySeconds: 60, startAt: input.startAt }
    const first = await newSchedule(stack, volume.id, { idempotencyKey: input.idempotencyKey, recurrence })
    const again = await newSchedule(stack, volume.id, { idempotencyKey: input.idempotencyKey, recurrence })
    expect(again.id).toBe(first.id)
    const other = await mutateSchedule(stack, 'createSnapshotSchedule', {
      idempotencyKey: input.idempotencyKey,
      volumeId: volume.id,
      name: 'minutely',
      recurrence: { ...recurrence, startAt: '2026-01-01T00:00:01Z' },
      keepCount: 3,
    })
    expect(other.__typename).toBe('IdempotencyConflictError')
  })
})

it('schedules are listed, paged, filtered and found by id', async () => {
  const volume = await newVolume(stack)
  const made: ScheduleAnswer[] = []
  for (const name of ['a', 'b', 'c']) {
    made.push(await newSchedule(stack, volume.id, { name, paused: name === 'b' }))
  }
  const answer = await stack.api.ask<Record<string, { totalCount: number; nodes: { name: string }[] }>>(
    `query ($id: ID!, $schedule: ID!) {
      paused: snapshotSchedules(where: { volumeId: [$id], isPaused: true }) { totalCount nodes { name } }
      others: snapshotSchedules(where: { volumeId: [$id], not: { name: { eq: "a" } } }
                                orderBy: { field: NEXT_RUN_AT, direction: ASC }) { totalCount nodes { name } }
      volume(id: $id) { snapshotSchedules(first: 2) { totalCount nodes { name } } }
      node(id: $schedule) { ... on SnapshotSchedule { name volume { id } } } }`,
    { id: volume.id, schedule: made[2]?.id },
  )
  expect(answer).toEqual({
    paused: { totalCount: 1, nodes: [{ name: 'b' }] },
    others: { totalCount: 2, nodes: [{ name: 'c' }, { name: 'b' }] },
    volume: { snapshotSchedules: { totalCount: 3, nodes: [{ name: 'a' }, { name: 'b' }] } },
    node: { name: 'c', volume: { id: volume.id } },
  })
})

it('every snapshot of a schedule is on its cluster under its own name', async () => {
  const volume = await newVolume(stack)
  const schedule = await newSchedule(stack, volume.id)
  const { lastOutcome } = await runOnce(schedule)
  const snapshot = await readSnapshot(stack, lastOutcome?.snapshot?.id ?? '')
  expect(snapshotRecordOf(stack, snapshot)).toMatchObject({
    state: 'Available',
    description: `${volume.name} ${snapshot.name}`,
  })
})
