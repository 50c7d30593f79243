import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  clusterNamed,
  mutate,
  readVolume,
  takeSnapshot,
  untilDone,
  type VolumeAnswer,
} from '../testkit/data-life.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const GIB = 1n << 30n
const OTHER = 'nqn.2019-09.com.example:other'

let stack: Stack

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 1, seed: 37 }, pollIntervalMs: 500 })
})
afterAll(() => stack?.close())

const home = () => clusterNamed(stack, stack.fleet.clusters[0]?.name)
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
const ask = (query: string, variables: object): Promise<any> => stack.api.ask(query, variables as never)

let clusterId = ''

async function refresh(): Promise<void> {
  clusterId ||= (await ask('{ clusters { nodes { id } } }', {})).clusters.nodes[0].id
  const { operation } = await mutate(stack, 'refreshCluster', { id: clusterId }, 'operation { id }')
  await untilDone(stack, operation?.id)
}

/** Made and opened to somebody by others, and then taken under management. */
async function adopted(name: string, acl: readonly string[]): Promise<VolumeAnswer & { uuid: string }> {
  const { uuid } = home().createForeignVolume({ name, sizeBytes: 4n * GIB })
  home().setVolumeAcl(uuid, acl)
  const findingId = await waitUntil(`${name} to be found`, async () => {
    await refresh()
    const { findings } = await ask(
      'query ($name: String) { findings(where: { kind: [FOREIGN], state: [OPEN], name: { eq: $name } }) { nodes { id } } }',
      { name },
    )
    return findings.nodes[0]?.id ?? null
  })
  const { results } = await mutate<{ results: readonly { volume: VolumeAnswer }[] }>(
    stack,
    'adoptVolumes',
    { items: [{ findingId }] },
    'results { volume { id } }',
  )
  return { ...(await readVolume(stack, results[0]?.volume.id ?? '')), uuid }
}

describe('an adopted volume that a host has which was never registered here', () => {
  it.each([
    ['named', [OTHER], { foreignHostNqns: [OTHER], admitsAnyHost: false }],
    ['any', ['ALLOW_ANY'], { foreignHostNqns: [], admitsAnyHost: true }],
  ])('is not taken from under it unless that is forced: %s', async (name, acl, held) => {
    const volume = await adopted(name, acl)
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

    expect(home().volumes()).toContainEqual(expect.objectContaining({ uuid: volume.uuid, acl }))
    const forced = { idempotencyKey: `force-${volume.id}`, id: volume.id, cascade: true, force: true }
    const { operation } = await mutate(stack, 'deleteVolume', forced)
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    await waitForRest(stack)
    expect(await checkFleet(stack)).toEqual([])
  })
})
