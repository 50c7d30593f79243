import { z } from 'zod'
import { ADMIN_STATES, CONNECTION_STATES, HEALTH_STATES } from '../clusters/cluster.ts'
import type { InputIssue } from '../errors.ts'
import { REJECTION_REASONS } from '../placement/verdict.ts'
import { bytes, object, oneOf, size, text, toFaults, whole } from '../policies/document-checks.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import { parsePolicyDocument } from '../policies/policy-document.ts'

const MAX_COUNT = 1_000_000_000
const YEAR_MS = 365 * 86_400_000

const NAME = text(/^.{1,253}$/, '1 to 253 characters')
const count = () => whole(0, MAX_COUNT)
const milliseconds = () => whole(0, 100 * YEAR_MS)

/** What is known of a cluster however little has been seen of it. */
const MEMBER = {
  name: NAME,
  labels: z
    .record(z.string(), z.string({ error: 'text, in quotes where it looks like a number' }), {
      error: 'an object of keys and values',
    })
    .default({}),
  adminState: oneOf(ADMIN_STATES).default('ACTIVE'),
  joinedAgoMs: milliseconds().default(YEAR_MS),
}

const OBSERVED = object({
  observed: z.literal(true).optional(),
  ...MEMBER,
  effective: bytes(', or observed: false'),
  /** Promised, as its inventory has it. */
  provisioned: bytes().prefault('0'),
  /** Promised besides, in no inventory yet. */
  pending: bytes().prefault('0'),
  /** Physically written. */
  used: bytes().prefault('0'),
  maxReplicas: count().default(3),
  volumeCount: count().default(0),
  connection: oneOf(CONNECTION_STATES).default('CONNECTED'),
  health: oneOf(HEALTH_STATES).default('OK'),
  observedAgoMs: milliseconds().default(0),
  /** What placements within the policy's share window promised to it. */
  recent: bytes().prefault('0'),
  /** Volumes there, by group. */
  groups: z.record(z.string(), count(), { error: 'an object of groups and counts' }).default({}),
})

/** No poll has succeeded yet: registered, without figures and without volumes. */
const NEVER_OBSERVED = object({
  observed: z.literal(false),
  ...MEMBER,
  connection: oneOf(CONNECTION_STATES).default('PENDING'),
  health: oneOf(HEALTH_STATES).default('UNKNOWN'),
})

const CLUSTER = z.discriminatedUnion('observed', [OBSERVED, NEVER_OBSERVED], {
  error: ({ code }) => (code === 'invalid_union' ? 'true or false' : 'an object that describes a cluster'),
})

const EXPECTED = z.union(
  [z.strictObject({ cluster: z.string() }), z.strictObject({ refused: z.enum(REJECTION_REASONS) })],
  {
    error: `{ cluster: NAME } or { refused: REASON }, a reason being one of ${REJECTION_REASONS.join(', ')}`,
  },
)

const REQUEST = object({
  size: size(),
  /** The policy's default when absent. */
  replicas: whole(1, 3).optional(),
  group: NAME.nullable().default(null),
  /** Name of the cluster whose volume grows; `size` is then the growth, or beside `growsFrom` the size afterwards. */
  growsOn: NAME.nullable().default(null),
  /** Present size of the volume that grows, as its cluster has it among `provisioned` or `pending`. */
  growsFrom: size().nullable().default(null),
  /** Name of the cluster that has the source of a clone. */
  pinnedTo: NAME.nullable().default(null),
  /** Names of clusters that have refused the volume already. */
  exclude: z.array(NAME, { error: 'a list of names' }).default([]),
  expect: EXPECTED,
})

/** Requests of one case are placed one after the other; every case begins with the fleet as it stands. */
const CASE_FILE = object({
  policy: z.any().transform((document, context): PlacementPolicy => {
    const { policy, faults } = parsePolicyDocument(document)
    if (policy) return policy
    for (const { path, message, allowed } of faults) {
      context.addIssue({ code: 'custom', path: [...path], message: allowed, params: { message } })
    }
    return z.NEVER
  }),
  fleet: atLeastOne(CLUSTER),
  cases: atLeastOne(object({ name: NAME, requests: atLeastOne(REQUEST) })),
})

/** Cases for a policy: a fleet, and what is expected to become of requests. */
export type CaseFile = z.output<typeof CASE_FILE>
export type CaseCluster = CaseFile['fleet'][number]
export type CaseRequest = CaseFile['cases'][number]['requests'][number]

export type ParsedCaseFile =
  | { readonly file: CaseFile; readonly faults?: undefined }
  | { readonly file?: undefined; readonly faults: readonly InputIssue[] }

/** The cases, or every fault of the file: path, what is wrong, what is allowed. */
export function parseCaseFile(input: unknown): ParsedCaseFile {
  const parsed = CASE_FILE.safeParse(input)
  if (!parsed.success) return { faults: toFaults(parsed.error, input) }
  const faults = [
    ...sharedNames(parsed.data),
    ...unknownClusters(parsed.data),
    ...ofRequests(parsed.data, growingClone),
    ...ofRequests(parsed.data, growthFault),
  ]
  return faults.length > 0 ? { faults } : { file: parsed.data }
}

/** Nobody could tell which of two namesakes a case expects. */
function sharedNames({ fleet }: CaseFile): readonly InputIssue[] {
  const names = fleet.map(({ name }) => name)
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            path: ['fleet', String(index), 'name'],
            message: `is "${name}" again`,
            allowed: 'each name once',
          },
        ],
  )
}

/** A misspelt name would make a case that can never hold. */
function unknownClusters({ fleet, cases }: CaseFile): readonly InputIssue[] {
  const names = fleet.map(({ name }) => name)
  const check = (name: string | null, path: readonly string[]): InputIssue[] =>
    name === null || names.includes(name)
      ? []
      : [{ path, message: `is "${name}", which the fleet has not`, allowed: names.join(', ') }]
  return cases.flatMap(({ requests }, index) =>
    requests.flatMap(({ expect, growsOn, pinnedTo, exclude }, number) => {
      const path = pathOf(index, number)
      const expected = 'cluster' in expect ? expect.cluster : null
      return [
        ...check(growsOn, [...path, 'growsOn']),
        ...check(pinnedTo, [...path, 'pinnedTo']),
        ...exclude.flatMap((name, place) => check(name, [...path, 'exclude', String(place)])),
        ...check(expected, [...path, 'expect', 'cluster']),
      ]
    }),
  )
}

interface FieldFault extends Omit<InputIssue, 'path'> {
  readonly field: keyof CaseRequest
}

function ofRequests(
  { cases }: CaseFile,
  check: (request: CaseRequest) => FieldFault | null,
): readonly InputIssue[] {
  return cases.flatMap(({ requests }, index) =>
    requests.flatMap((request, number) => {
      const fault = check(request)
      if (!fault) return []
      const { field, message, allowed } = fault
      return [{ path: [...pathOf(index, number), field], message, allowed }]
    }),
  )
}

/** What grows is where it is, whatever it began as; no real request is both. */
function growingClone({ growsOn, pinnedTo }: CaseRequest): FieldFault | null {
  if (growsOn === null || pinnedTo === null) return null
  return {
    field: 'pinnedTo',
    message: `is "${pinnedTo}" beside growsOn`,
    allowed: 'pinnedTo for a new clone, or growsOn for what is there',
  }
}

function growthFault({ growsOn, growsFrom, size: wanted }: CaseRequest): FieldFault | null {
  if (growsFrom === null) return null
  if (growsOn === null) {
    return { field: 'growsFrom', message: 'is there without growsOn', allowed: 'beside growsOn' }
  }
  if (wanted > growsFrom) return null
  return {
    field: 'size',
    message: `is ${wanted} beside growsFrom ${growsFrom}`,
    allowed: `the size afterwards, more than ${growsFrom}`,
  }
}

function pathOf(index: number, number: number): readonly string[] {
  return ['cases', String(index), 'requests', String(number)]
}

function atLeastOne<T extends z.ZodType>(item: T) {
  const error = 'a list of at least one entry'
  return z.array(item, { error }).min(1, { error })
}
