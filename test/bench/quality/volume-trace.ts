import { logNormal } from '../../load/random.ts'

const TIB = 2 ** 40
const MIB = 2 ** 20
const LARGEST_BYTES = 16 * TIB
const SIGMA = 1.3

/** A volume is created, or the one that was created as number `volume` is deleted. */
export type TraceStep =
  | { readonly kind: 'CREATE'; readonly volume: number; readonly bytes: number }
  | { readonly kind: 'DELETE'; readonly volume: number }

/**
 * As many creates as told, with deletions of random live volumes between them. Sizes are log-normal, at most 16 TiB,
 * and scaled so that what is left at the end is `liveBytes`.
 */
export function makeTrace(
  random: () => number,
  creates: number,
  deleteShare: number,
  liveBytes: number,
): readonly TraceStep[] {
  const live: number[] = []
  const kinds: { kind: 'CREATE' | 'DELETE'; volume: number }[] = []
  const relativeSizes: number[] = []
  while (relativeSizes.length < creates) {
    if (live.length > 0 && random() < deleteShare) {
      const position = Math.floor(random() * live.length)
      kinds.push({ kind: 'DELETE', volume: live[position] ?? 0 })
      live[position] = live.at(-1) ?? 0
      live.pop()
    } else {
      kinds.push({ kind: 'CREATE', volume: relativeSizes.length })
      live.push(relativeSizes.length)
      relativeSizes.push(logNormal(random, 1, SIGMA))
    }
  }
  const scale = findScale(
    live.map((volume) => relativeSizes[volume] ?? 0),
    liveBytes,
  )
  return kinds.map(({ kind, volume }) =>
    kind === 'CREATE'
      ? { kind, volume, bytes: toBytes((relativeSizes[volume] ?? 0) * scale) }
      : { kind, volume },
  )
}

function toBytes(bytes: number): number {
  return Math.max(MIB, Math.round(Math.min(bytes, LARGEST_BYTES) / MIB) * MIB)
}

/** By bisection, because the largest size cuts off what scaling makes larger. */
function findScale(sizes: readonly number[], wantedBytes: number): number {
  let low = 0
  let high = LARGEST_BYTES
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    const total = sizes.reduce((sum, size) => sum + toBytes(size * middle), 0)
    if (total < wantedBytes) low = middle
    else high = middle
  }
  return high
}
