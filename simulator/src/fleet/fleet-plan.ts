import type { ForeignVolume } from '../cluster/foreign-changes.ts'
import type { Random } from '../random.ts'
import type { CapacityChoice, FleetOptions } from './fleet-options.ts'

const GIB = 1n << 30n
const TIB = 1n << 40n
const DEFAULT_CAPACITY: CapacityChoice = { kind: 'list', bytes: [100n * TIB] }
const REPLICAS = 2
/** Spread of the sizes, as the standard deviation of their logarithm. */
const SIZE_SIGMA = 1.3
const DEFAULT_VOLUME_BYTES = 100n * GIB
/** Without a given number, so many volumes that their mean size is this. */
const MEAN_VOLUME_BYTES = Number(TIB)
const MIN_PREFILLED_VOLUMES = 10
/** How much of a volume that was there before us its owner has written. */
const WRITTEN_SHARE = 0.3

/** The effective capacity of the cluster with this index. */
export function planCapacity(
  index: number,
  choice: CapacityChoice = DEFAULT_CAPACITY,
  random: Random,
): bigint {
  if (choice.kind === 'list') return choice.bytes[index % choice.bytes.length] ?? 100n * TIB
  const logMin = Math.log(Number(choice.minBytes))
  const logMax = Math.log(Number(choice.maxBytes))
  return wholeGib(Math.exp(logMin + random() * (logMax - logMin)))
}

/**
 * The volumes that others made before we came. With a prefill ratio their sizes are log-normal and scaled so that
 * size x replicas over all of them meets the ratio; without, they are equal.
 */
export function planVolumes(effectiveBytes: bigint, options: FleetOptions, random: Random): ForeignVolume[] {
  const { prefillRatio = 0, volumesPerCluster } = options
  const targetBytes = (Number(effectiveBytes) * prefillRatio) / REPLICAS
  const count = volumesPerCluster ?? volumesFor(targetBytes)
  const weights = Array.from({ length: count }, () => Math.exp(SIZE_SIGMA * gaussian(random)))
  const weightSum = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight, index) => ({
    name: `foreign-${String(index).padStart(6, '0')}`,
    sizeBytes: prefillRatio > 0 ? wholeGib((targetBytes * weight) / weightSum) : DEFAULT_VOLUME_BYTES,
    replicaCount: REPLICAS,
    writtenShare: WRITTEN_SHARE,
    compression: index % 2 === 0,
  }))
}

function volumesFor(targetBytes: number): number {
  return targetBytes === 0 ? 0 : Math.max(MIN_PREFILLED_VOLUMES, Math.round(targetBytes / MEAN_VOLUME_BYTES))
}

/** Rounded to a GiB, at least one. */
function wholeGib(bytes: number): bigint {
  return BigInt(Math.max(1, Math.round(bytes / Number(GIB)))) * GIB
}

/** A standard normal number (Box-Muller). */
function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
