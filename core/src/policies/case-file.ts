import { z } from 'zod'
import { ADMIN_STATES, CONNECTION_STATES, HEALTH_STATES } from '../clusters/cluster.ts'
import type { InputIssue } from '../errors.ts'
import { REJECTION_REASONS } from '../placement/verdict.ts'
import { BYTES_ALLOWED, parseBytes } from '../units/bytes.ts'
import type { PlacementPolicy } from './policy.ts'
import { parsePolicyDocument } from './policy-document.ts'

const whole = z.int().min(0)

const CLUSTER = z.strictObject({
  name: z.string().min(1),
  labels: z.record(z.string(), z.string()).default({}),
  effective: bytes(),
  /** Promised, what is pending included. */
  provisioned: bytes().prefault('0'),
  /** Physically written. */
  used: bytes().prefault('0'),
  maxReplicas: whole.default(3),
  volumeCount: whole.default(0),
  adminState: z.enum(ADMIN_STATES).default('ACTIVE'),
  connection: z.enum(CONNECTION_STATES).default('CONNECTED'),
  health: z.enum(HEALTH_STATES).default('OK'),
  observedAgoMs: whole.default(0),
  joinedAgoMs: whole.default(365 * 86_400_000),
  /** What placements within the policy's share window promised to it. */
  recent: bytes().prefault('0'),
  /** Volumes there, by group. */
  groups: z.record(z.string(), whole).default({}),
})

const EXPECTED = z.union([
  z.strictObject({ cluster: z.string() }),
  z.strictObject({ refused: z.enum(REJECTION_REASONS) }),
])

const REQUEST = z.strictObject({
  size: bytes(),
  /** The policy's default when absent. */
  replicas: whole.min(1).max(3).optional(),
  group: z.string().nullable().default(null),
  /** Name of the cluster whose volume grows; `size` is then the growth. */
  growsOn: z.string().nullable().default(null),
  expect: EXPECTED,
})

/** Requests of one case are placed one after the other; every case begins with the fleet as it stands. */
const CASE_FILE = z.strictObject({
  policy: z.unknown().transform((document, context): PlacementPolicy => {
    const { policy, faults } = parsePolicyDocument(document)
    if (policy) return policy
    for (const { path, message, allowed } of faults) {
      context.addIssue({ code: 'custom', path: [...path], message: `${message}; allowed: ${allowed}` })
    }
    return z.NEVER
  }),
  fleet: z.array(CLUSTER).min(1),
  cases: z.array(z.strictObject({ name: z.string().min(1), requests: z.array(REQUEST).min(1) })).min(1),
})

/** Cases for a policy: a fleet, and what is expected to become of requests. */
export type CaseFile = z.output<typeof CASE_FILE>
export type CaseCluster = CaseFile['fleet'][number]
export type CaseRequest = CaseFile['cases'][number]['requests'][number]

export type ParsedCaseFile =
  | { readonly file: CaseFile; readonly faults?: undefined }
  | { readonly file?: undefined; readonly faults: readonly Omit<InputIssue, 'allowed'>[] }

/** The cases, or every fault of the file with its path. */
export function parseCaseFile(input: unknown): ParsedCaseFile {
  const parsed = CASE_FILE.safeParse(input)
  if (!parsed.success) {
    return { faults: parsed.error.issues.map(({ path, message }) => ({ path: path.map(String), message })) }
  }
  const faults = unknownClusters(parsed.data)
  return faults.length > 0 ? { faults } : { file: parsed.data }
}

/** A misspelt name would make a case that can never hold. */
function unknownClusters({ fleet, cases }: CaseFile): readonly Omit<InputIssue, 'allowed'>[] {
  const names = new Set(fleet.map(({ name }) => name))
  return cases.flatMap(({ requests }, index) =>
    requests.flatMap(({ expect, growsOn }, number) => {
      const named = [growsOn, 'cluster' in expect ? expect.cluster : null]
      const unknown = named.filter((name) => name !== null && !names.has(name))
      return unknown.map((name) => ({
        path: ['cases', String(index), 'requests', String(number)],
        message: `the fleet has no cluster "${name}"`,
      }))
    }),
  )
}

function bytes() {
  return z.union([z.string(), z.int()]).transform((value, context): bigint => {
    const count = parseBytes(value)
    if (count !== null) return count
    context.addIssue({
      code: 'custom',
      message: `"${value}" is no count of bytes; allowed: ${BYTES_ALLOWED}`,
    })
    return z.NEVER
  })
}
