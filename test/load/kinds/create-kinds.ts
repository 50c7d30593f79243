import { askOnce, type LoadContext, type LoadKind, oneOf } from '../load-kind.ts'
import { POLICIES } from '../make-policies.ts'
import { logNormal } from '../random.ts'

const GIB = 1n << 30n
const LARGEST_GIB = 16 * 1024
const GROUPS = 20

/** Volumes, new or begun as a copy. */
export const CREATE_KINDS: readonly LoadKind[] = [
  { name: 'create', share: 18, ask: (context) => create(context, sized(context)) },
  {
    name: 'create-grouped',
    share: 4,
    ask: (context) =>
      create(context, {
        ...sized(context),
        policy:
          (context.random() < 0.3 ? context.known.pickPolicy(context.random) : null) ??
          oneOf(context.random, ...POLICIES).name,
        group: `load-group-${Math.floor(context.random() * GROUPS)}`,
        labels: [{ key: 'made-by', value: 'load' }],
      }),
  },
  {
    name: 'create-qos',
    share: 2,
    ask: (context) =>
      context.qosPolicies.length === 0
        ? Promise.resolve(null)
        : create(context, { ...sized(context), qosPolicy: oneOf(context.random, ...context.qosPolicies) }),
  },
  {
    name: 'create-from-snapshot',
    share: 3,
    ask(context) {
      const snapshot = context.known.pickSnapshot(context.random)
      return snapshot ? create(context, { source: { snapshotId: snapshot.id } }) : Promise.resolve(null)
    },
  },
  {
    name: 'clone',
    share: 3,
    ask(context) {
      const volume = context.known.pickVolume(context.random)
      return volume ? create(context, { source: { volumeId: volume.id } }) : Promise.resolve(null)
    },
  },
]

function sized({ random, medianGib, sigma }: LoadContext) {
  const gib = Math.min(Math.max(logNormal(random, medianGib, sigma), 1), LARGEST_GIB)
  return {
    sizeBytes: String(BigInt(Math.round(gib)) * GIB),
    replicas: oneOf(random, 1, 2, 3),
    compression: random() < 0.5,
  }
}

async function create(context: LoadContext, input: Readonly<Record<string, unknown>>): Promise<string> {
  const { __typename, volume } = await askOnce(
    context,
    'createVolume',
    { name: context.key, ...input },
    'volume { id sizeBytes } operation { id }',
  )
  if (volume?.sizeBytes) context.known.addVolume(volume.id, BigInt(volume.sizeBytes) / GIB)
  return __typename
}
