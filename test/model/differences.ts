import type { Model, ModelVolume } from './model.ts'
import type { Picture, SeenVolume } from './read-picture.ts'

/** Where what is seen through the API differs from what is believed, when all is quiet; one line each. */
export function differences(model: Model, seen: Picture): readonly string[] {
  return [
    ...model.volumes.flatMap((volume) => volumeDifferences(model, volume, seen.volumes.get(volume.id))),
    ...unexpected('volume', seen.volumes.keys(), model.volumes),
    ...model.snapshots.flatMap(({ id, fate }) => {
      const state = seen.snapshots.get(id)
      const isLingering = state === 'LINGERING' && hasLivingClone(model, id)
      const wanted = fate === 'ALIVE' ? 'AVAILABLE' : fate
      return state === wanted || (fate === 'DELETED' && isLingering)
        ? []
        : [`${id} is ${state}, not ${wanted}`]
    }),
    ...unexpected('snapshot', seen.snapshots.keys(), model.snapshots),
    ...findingDifferences(model, seen),
  ]
}

function volumeDifferences(
  model: Model,
  volume: ModelVolume,
  seen: SeenVolume | undefined,
): readonly string[] {
  const { id, fate, isMissing, name, cluster, hosts, sizeBytes, labels } = volume
  if (!seen) return [`${id} is not found`]
  const state = fate === 'ALIVE' ? (isMissing ? 'MISSING' : 'AVAILABLE') : fate
  const wanted: Record<string, unknown> = { state, cluster, name }
  if (state === 'AVAILABLE') {
    wanted.sizeBytes = `${sizeBytes}`
    wanted.labels = JSON.stringify(labels)
    wanted.hosts = [...hosts]
      .map(([host, mode]) => `${model.hostIds[host]} ${mode}`)
      .sort()
      .join()
  }
  return Object.entries(wanted).flatMap(([field, value]) => {
    const present = seen[field as keyof SeenVolume]
    return present === value ? [] : [`${id} has ${field} ${present}, not ${value}`]
  })
}

function hasLivingClone({ volumes }: Model, snapshotId: string): boolean {
  return volumes.some(({ sourceId, fate }) => sourceId === snapshotId && fate === 'ALIVE')
}

function unexpected(
  kind: string,
  seen: Iterable<string>,
  believed: readonly { readonly id: string }[],
): readonly string[] {
  const known = new Set(believed.map(({ id }) => id))
  return [...seen].flatMap((id) => (known.has(id) ? [] : [`nobody has asked for ${kind} ${id}`]))
}

/** What others did is reported, each once; and nothing that nobody did. */
function findingDifferences({ clusters, volumes }: Model, { findings }: Picture): readonly string[] {
  const foreign = clusters.flatMap((each) => [...each.foreign.values()].map(({ name }) => `FOREIGN ${name}`))
  const alive = volumes.filter(({ fate }) => fate === 'ALIVE')
  const missing = alive.filter(({ isMissing }) => isMissing).map(({ id }) => `MISSING ${id}`)
  const changed = alive.filter(({ isMissing, isHandFresh }) => isHandFresh && !isMissing)
  const wanted = [...foreign, ...missing, ...changed.map(({ id }) => `CHANGED ${id}`)]
  const allowed = new Set([
    ...wanted,
    ...alive.filter(({ handBytes }) => handBytes !== null).map(({ id }) => `CHANGED ${id}`),
  ])
  return [
    ...wanted.filter((each) => !findings.includes(each)).map((each) => `not found: ${each}`),
    ...findings.filter((each) => !allowed.has(each)).map((each) => `found, though it is not so: ${each}`),
  ]
}
