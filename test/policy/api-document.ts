import type { LabelRequirement } from '@flotilla/core/policies/policy'
import type { PolicyDocument } from '@flotilla/core/policies/policy-document'

/** The fields of a policy that make its document, as the API answers them. */
export const POLICY_FIELDS = `name description require { key operator values } prefer { key operator values weight }
  spread { label mode maxPerValue }
  limits { maxProvisionedRatio { create resize } minFreeRatio expectedUseRatio maxObservationAgeMs allowDegraded
    maxVolumeSizeBytes maxVolumesPerCluster }
  ranking drift share { cap windowMs rampMs } defaults { replicas compression qosPolicy }`

type Fields = Readonly<Record<string, unknown>>
type Labels = readonly { readonly operator: string }[]

export interface PolicyAnswer extends Fields {
  readonly require: Labels
  readonly prefer: Labels
  readonly limits: Fields & { readonly maxVolumeSizeBytes: string | null }
}

/** A document writes the operators as Kubernetes does, GraphQL as it writes every enum. */
const OPERATORS: Readonly<Record<LabelRequirement['operator'], string>> = {
  In: 'IN',
  NotIn: 'NOT_IN',
  Exists: 'EXISTS',
  DoesNotExist: 'DOES_NOT_EXIST',
}

/** The document of a file as an argument of a mutation. */
export function toInput({ require, prefer, ...rest }: PolicyDocument): Fields {
  return { ...rest, require: require?.map(toLabelInput), prefer: prefer?.map(toLabelInput) }
}

/** What the API answers as the document of a file, everything said. */
export function toDocument({ require, prefer, limits, ...rest }: PolicyAnswer): Fields {
  const { name, description, ...others } = rest
  const { maxVolumeSizeBytes, maxVolumesPerCluster, ...figures } = limits
  const maxVolumeSize = maxVolumeSizeBytes === null ? null : inLargestUnit(BigInt(maxVolumeSizeBytes))
  return {
    name,
    description,
    require: require.map(toLabelRule),
    prefer: prefer.map(toLabelRule),
    limits: { ...figures, maxVolumeSize, maxVolumesPerCluster },
    ...others,
  }
}

function toLabelInput<T extends Pick<LabelRequirement, 'operator'>>(rule: T) {
  return { ...rule, operator: OPERATORS[rule.operator] }
}

function toLabelRule(rule: { readonly operator: string }) {
  const found = Object.entries(OPERATORS).find(([, name]) => name === rule.operator)
  return { ...rule, operator: found?.[0] ?? rule.operator }
}

/** Exact: `16TiB`, `1025GiB`, `4097B`. */
function inLargestUnit(bytes: bigint): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']
  let power = 0n
  while (power < 6n && bytes % (1n << (10n * (power + 1n))) === 0n) power++
  return `${bytes >> (10n * power)}${units[Number(power)]}`
}
