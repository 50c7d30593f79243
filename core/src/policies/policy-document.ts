import type { z } from 'zod'
import type { InputIssue } from '../errors.ts'
import { compareRatios } from '../units/ratio.ts'
import { QOS_POLICY_NAME, QOS_POLICY_NAME_ALLOWED } from '../volumes/qos-policy-name.ts'
import { decimal, flag, list, object, oneOf, size, text, toFaults, whole } from './document-checks.ts'
import { DRIFT_RULES, LABEL_OPERATORS, type PlacementPolicy, RANKINGS, SPREAD_MODES } from './policy.ts'

const LABEL_KEY = text(/^[A-Za-z0-9._-]{1,253}$/, '1 to 253 letters, digits, "-", "_" or "."')

const REQUIREMENT = {
  key: LABEL_KEY,
  operator: oneOf(LABEL_OPERATORS),
  values: list(LABEL_KEY, 64),
}

const REQUIRE = object(REQUIREMENT).superRefine(checkValues)
const PREFER = object({ ...REQUIREMENT, weight: decimal(0, 1) }).superRefine(checkValues)

const SPREAD = object({
  label: LABEL_KEY,
  mode: oneOf(SPREAD_MODES),
  maxPerValue: whole(1, 1_000_000).nullable().default(null),
}).nullable()

const LIMITS = object({
  maxProvisionedRatio: object({
    create: decimal(0, 1000).prefault('1.5'),
    resize: decimal(0, 1000).prefault('1.75'),
  })
    .superRefine(({ create, resize }, context) => {
      if (compareRatios(create, resize) <= 0) return
      context.addIssue({ code: 'custom', path: ['resize'], message: 'at least the limit for create' })
    })
    .prefault({}),
  minFreeRatio: decimal(0, 1).prefault('0.1'),
  expectedUseRatio: decimal(0, 1).prefault('0.25'),
  maxObservationAgeMs: whole(1, 86_400_000).default(45_000),
  allowDegraded: flag().default(true),
  maxVolumeSize: size().nullable().default(null),
  maxVolumesPerCluster: whole(1, 1_000_000_000).nullable().default(null),
})

const SHARE = object({
  cap: decimal(0.000001, 1),
  windowMs: whole(1_000, 86_400_000),
  rampMs: whole(0, 365 * 86_400_000).default(0),
}).nullable()

const DEFAULTS = object({
  replicas: whole(1, 3).default(2),
  compression: flag().default(false),
  qosPolicy: text(QOS_POLICY_NAME, `${QOS_POLICY_NAME_ALLOWED}, or null`).nullable().default(null),
})

/** A policy as YAML, JSON or GraphQL gives it. Every field but the name has a default; unknown fields are errors. */
export const policyDocument = object({
  name: text(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, '1 to 63 lower-case letters, digits or "-"'),
  description: text(/^.{0,1000}$/s, 'at most 1000 characters').default(''),
  require: list(REQUIRE, 32),
  prefer: list(PREFER, 32),
  spread: SPREAD.default(null),
  limits: LIMITS.prefault({}),
  ranking: oneOf(RANKINGS).default('LOWEST_PROJECTED_RATIO'),
  share: SHARE.default(null),
  drift: oneOf(DRIFT_RULES).default('REPORT'),
  defaults: DEFAULTS.prefault({}),
})

export type PolicyDocument = z.input<typeof policyDocument>

export type ParsedPolicy =
  | { readonly policy: PlacementPolicy; readonly faults?: undefined }
  | { readonly policy?: undefined; readonly faults: readonly InputIssue[] }

/**
 * The exact form of a document, or every fault in it: path within the document, what is wrong, what is allowed.
 *
 * @param revision which revision of the policy the document is
 */
export function parsePolicyDocument(input: unknown, revision = 1): ParsedPolicy {
  const parsed = policyDocument.safeParse(input)
  if (!parsed.success) return { faults: toFaults(parsed.error, input) }
  const { limits, defaults, spread, ...rest } = parsed.data
  return {
    policy: {
      ...rest,
      revision,
      spread: spread && {
        ...spread,
        maxPerValue: spread.maxPerValue ?? (spread.mode === 'ANTI_AFFINITY' ? 1 : null),
      },
      maxProvisionedRatio: limits.maxProvisionedRatio.create,
      maxProvisionedRatioForResize: limits.maxProvisionedRatio.resize,
      minFreeRatio: limits.minFreeRatio,
      expectedUseRatio: limits.expectedUseRatio,
      maxObservationAgeMs: limits.maxObservationAgeMs,
      allowDegraded: limits.allowDegraded,
      maxVolumeSizeBytes: limits.maxVolumeSize,
      maxVolumesPerCluster: limits.maxVolumesPerCluster,
      defaultReplicas: defaults.replicas,
      defaultCompression: defaults.compression,
      defaultQosPolicy: defaults.qosPolicy,
    },
  }
}

function checkValues(
  { operator, values }: { operator: (typeof LABEL_OPERATORS)[number]; values: readonly string[] },
  context: z.RefinementCtx,
): void {
  const takesValues = operator === 'In' || operator === 'NotIn'
  if (takesValues === values.length > 0) return
  const message = takesValues ? `at least one value for ${operator}` : `no values for ${operator}`
  context.addIssue({ code: 'custom', path: ['values'], message })
}
