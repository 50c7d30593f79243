import { expect, test } from 'vitest'
import { NOW, sampleUuid } from '../testing/sample-fleet.ts'
import { sampleHeldHost, sampleHeldVolume } from '../testing/sample-held-volume.ts'
import type { HeldVolume } from './held-volume.ts'
import { moveMethod } from './move-method.ts'
import { type MoveStep, moveSteps } from './move-steps.ts'

const NIGHTLY: HeldVolume['schedules'][number] = {
  id: `sch_${sampleUuid(7)}`,
  name: 'nightly',
  labels: { kept: 'long' },
  recurrence: {
    kind: 'PATTERN',
    pattern: '0 2 * * *',
    timeZone: 'Europe/Berlin',
    startAt: new Date('2026-01-01T00:00:00Z'),
  },
  keepCount: 3,
  retentionSeconds: null,
  isPaused: false,
}

const stepsOf = (volume: HeldVolume, plannedAt = NOW) => moveSteps(volume, 'cluster-2', plannedAt)
const kindsOf = (steps: readonly MoveStep[]) => steps.map(({ kind }) => kind)
const commandsOf = (steps: readonly MoveStep[], kind: MoveStep['kind']) =>
  steps.filter((each) => each.kind === kind).flatMap(({ commands }) => commands)

test('the steps create, copy, compare and switch before anything is deleted', () => {
  const volume = sampleHeldVolume(1, {
    name: 'db-1',
    qosPolicy: 'gold',
    labels: { tier: 'fast' },
    request: { group: 'default/db' },
  })
  const steps = stepsOf(volume)
  expect(kindsOf(steps)).toEqual([
    'CREATE_TARGET',
    'WAIT',
    'ATTACH',
    'WAIT',
    'CONNECT',
    'COPY',
    'VERIFY',
    'DETACH',
    'WAIT',
    'SWITCH',
    'DELETE_SOURCE',
    'WAIT',
    'RENAME',
  ])
  expect(steps[0]?.summary).toContain('cluster-2')
  const [create] = commandsOf(steps, 'CREATE_TARGET')
  expect(create).toContain('name: "db-1-moved"')
  expect(create).toContain('qosPolicy: "gold", group: "db", labels: [{key: "tier", value: "fast"}]')
  const { volumeId } = volume.request
  const bothAttached = [volumeId, 'NEW_VOLUME_ID'].map((id) =>
    expect.stringContaining(`id: "${id}", hostIds: ["COPYING_HOST_ID"], mode: EXCLUSIVE`),
  )
  expect(commandsOf(steps, 'ATTACH')).toEqual(bothAttached)
  expect(commandsOf(steps, 'COPY').join('\n')).toContain(`nvme-uuid.${volume.backendId}`)
  expect(commandsOf(steps, 'DETACH')).toHaveLength(2)
  expect(commandsOf(steps, 'SWITCH')).toEqual([])
  expect(commandsOf(steps, 'DELETE_SOURCE').join()).toContain(`id: "${volumeId}"`)
  expect(steps.at(-2)).toMatchObject({ until: 'DELETED' })
  expect(commandsOf(steps, 'RENAME').join()).toContain('id: "NEW_VOLUME_ID", name: "db-1"')
})

test('a volume without a QoS policy gets none by the default of its policy', () => {
  const [create] = commandsOf(stepsOf(sampleHeldVolume(1, { qosPolicy: null })), 'CREATE_TARGET')
  expect(create).toContain('compression: false, qosPolicy: null}')
})

test('hosts are taken from the old one first and have the new one in the end, in the same mode', () => {
  const steps = stepsOf(sampleHeldVolume(1, { hosts: [sampleHeldHost(1), sampleHeldHost(2)] }))
  expect(kindsOf(steps).slice(0, 2)).toEqual(['PREPARE', 'WAIT'])
  expect(commandsOf(steps, 'PREPARE')).toEqual([expect.stringContaining('detachVolume')])
  const [attach] = commandsOf(steps, 'SWITCH')
  expect(attach).toContain(`hostIds: ["hst_${sampleUuid(1)}", "hst_${sampleUuid(2)}"], mode: SHARED`)
  const next = steps[steps.findIndex(({ kind }) => kind === 'SWITCH') + 1]
  expect(next).toMatchObject({ kind: 'WAIT', until: 'AVAILABLE' })
})

test('schedules pause, and go on with the new one', () => {
  const paused = { ...NIGHTLY, id: `sch_${sampleUuid(8)}`, name: 'hourly', isPaused: true } as const
  const steps = stepsOf(sampleHeldVolume(1, { schedules: [NIGHTLY, paused] }))
  expect(commandsOf(steps, 'PREPARE')).toEqual([
    expect.stringContaining(
      `updateSnapshotSchedule(input: {idempotencyKey: "paused-${NIGHTLY.id}-${NOW.getTime()}"`,
    ),
  ])
  const [nightly, hourly] = commandsOf(steps, 'RECREATE_SCHEDULES')
  expect(nightly).toContain(
    'name: "nightly", recurrence: {pattern: "0 2 * * *", timeZone: "Europe/Berlin", startAt: "2026-01-01T00:00:00.000Z"}, keepCount: 3, labels: [{key: "kept", value: "long"}], paused: false',
  )
  expect(hourly).toContain('paused: true')
})

test('what its cluster has lost is made anew, and the old one is not destroyed should it turn up', () => {
  const volume = sampleHeldVolume(1, { state: 'MISSING', hosts: [sampleHeldHost(1)], schedules: [NIGHTLY] })
  expect(moveMethod(volume).kind).toBe('RECREATE')
  expect(kindsOf(stepsOf(volume))).toEqual([
    'CREATE_TARGET',
    'WAIT',
    'SWITCH',
    'WAIT',
    'RECREATE_SCHEDULES',
    'FORGET_SOURCE',
    'RENAME',
  ])
})

test.each<[what: string, volume: HeldVolume]>([
  ['copied', sampleHeldVolume(1, { hosts: [sampleHeldHost(1)], schedules: [NIGHTLY] })],
  ['made anew', sampleHeldVolume(1, { state: 'MISSING', hosts: [sampleHeldHost(1)], schedules: [NIGHTLY] })],
])('a later plan asks under keys of its own, one plan always under the same: %s', (_what, volume) => {
  const keysOf = (plannedAt: Date) =>
    stepsOf(volume, plannedAt)
      .flatMap(({ commands }) => commands)
      .flatMap((command) => /idempotencyKey: "([^"]+)"/.exec(command)?.[1] ?? [])
  const keys = keysOf(NOW)
  expect(new Set(keys).size).toBe(keys.length)
  expect(keysOf(NOW)).toEqual(keys)
  expect(keysOf(new Date(NOW.getTime() + 1)).filter((key) => keys.includes(key))).toEqual([])
})

test('a name of full length stays within what names may have', () => {
  const [create] = stepsOf(sampleHeldVolume(1, { name: 'n'.repeat(253) }))
  expect(/name: "([^"]+)"/.exec(create?.commands[0] ?? '')?.[1]).toHaveLength(253)
})
