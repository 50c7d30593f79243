import type { VolumeRecord } from '@flotilla/simulator/cluster/records'
import { mutate, VOLUME, type VolumeAnswer } from './data-life.ts'
import { refreshAll } from './refresh-all.ts'
import type { Stack } from './stack.ts'
import { waitUntil } from './wait-until.ts'

/** What differs about volumes of this name; only a foreign one is told with the cluster's id. */
export async function openFindings(
  { api }: Pick<Stack, 'api'>,
  name: string,
): Promise<readonly { readonly id: string; readonly backendId: string | null }[]> {
  const { findings } = await api.ask<{ findings: { nodes: { id: string; backendId: string | null }[] } }>(
    `query ($name: String) { findings(where: { state: [OPEN], name: { eq: $name } }) {
      nodes { id backendId } } }`,
    { name },
  )
  return findings.nodes
}

/** Of its snapshots those that were not taken here; null until an inventory has looked. */
async function foreignSnapshotCount(
  { api }: Pick<Stack, 'api'>,
  { id }: Pick<VolumeAnswer, 'id'>,
): Promise<number | null> {
  const { volume } = await api.ask<{ volume: { observed: { foreignSnapshotCount: number | null } | null } }>(
    'query ($id: ID!) { volume(id: $id) { observed { foreignSnapshotCount } } }',
    { id },
  )
  return volume.observed?.foreignSnapshotCount ?? null
}

/** The foreign volume, found by a poll, taken under management, and looked at since by an inventory, before which it is not deleted. */
export async function adopted(
  stack: Stack,
  { uuid, name }: Pick<VolumeRecord, 'uuid' | 'name'>,
  input: Record<string, unknown> = {},
): Promise<VolumeAnswer> {
  const { id: findingId } = await waitUntil(`${name} to be found`, async () => {
    await refreshAll(stack)
    return (await openFindings(stack, name)).find(({ backendId }) => backendId === uuid)
  })
  const { results, message } = await mutate<{
    readonly results?: readonly {
      readonly volume: VolumeAnswer | null
      readonly refusal: { readonly message: string } | null
    }[]
    readonly message?: string
  }>(
    stack,
    'adoptVolumes',
    { items: [{ findingId }], ...input },
    `results { volume { ${VOLUME} } refusal { message } }`,
  )
  const [{ volume, refusal } = { volume: null, refusal: null }] = results ?? []
  if (!volume) throw new Error(`${name} was not adopted: ${refusal?.message ?? message}`)
  await waitUntil(`${name} to be looked at`, async () => {
    await refreshAll(stack)
    return (await foreignSnapshotCount(stack, volume)) !== null
  })
  return volume
}
