import type { KnownVolume } from '../known-objects.ts'
import { askOnce, type LoadContext, type LoadKind, oneOf } from '../load-kind.ts'

const GIB = 1n << 30n

/** Changes of volumes that are there, and their end. */
export const CHANGE_KINDS: readonly LoadKind[] = [
  {
    name: 'resize',
    share: 8,
    ask: ofVolume((context, volume) => resize(context, volume, grown(context, volume), 'resizeVolume')),
  },
  {
    name: 'grow-and-label',
    share: 2,
    ask: ofVolume((context, volume) =>
      resize(context, volume, grown(context, volume), 'updateVolume', { labels: labels(context) }),
    ),
  },
  {
    name: 'shrink',
    share: 4,
    ask: ofVolume((context, volume) => {
      const smaller = volume.sizeGib - BigInt(Math.ceil(context.random() * Number(volume.sizeGib) * 0.5))
      return resize(context, volume, smaller > 0n ? smaller : 1n, 'updateVolume', { force: true })
    }),
  },
  { name: 'rename', share: 4, ask: change(({ key }) => ({ name: `${key}-renamed` })) },
  { name: 'label', share: 5, ask: change((context) => ({ labels: labels(context) })) },
  { name: 'compress', share: 3, ask: change(({ random }) => ({ compression: random() < 0.5 })) },
  {
    name: 'set-qos',
    share: 3,
    ask: (context) =>
      context.qosPolicies.length === 0
        ? Promise.resolve(null)
        : change(({ random, qosPolicies }) => ({ qosPolicy: oneOf(random, ...qosPolicies) }))(context),
  },
  { name: 'take-qos', share: 1, ask: change(() => ({ qosPolicy: null })) },
  { name: 'delete', share: 9, ask: ofVolume((context, volume) => remove(context, volume, {})) },
  {
    name: 'delete-cascade',
    share: 4,
    ask: ofVolume((context, volume) =>
      remove(context, volume, { cascade: true, force: context.random() < 0.5 }),
    ),
  },
]

function ofVolume(ask: (context: LoadContext, volume: KnownVolume) => Promise<string>): LoadKind['ask'] {
  return async (context) => {
    const volume = context.known.pickVolume(context.random)
    return volume && ask(context, volume)
  }
}

function change(asks: (context: LoadContext) => Readonly<Record<string, unknown>>): LoadKind['ask'] {
  return ofVolume(async (context, { id }) => {
    return (await askOnce(context, 'updateVolume', { id, ...asks(context) })).__typename
  })
}

async function resize(
  context: LoadContext,
  volume: KnownVolume,
  sizeGib: bigint,
  field: 'resizeVolume' | 'updateVolume',
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { __typename, volume: changed } = await askOnce(context, field, {
    id: volume.id,
    sizeBytes: String(sizeGib * GIB),
    ...more,
  })
  if (changed) volume.sizeGib = sizeGib
  return __typename
}

async function remove(
  context: LoadContext,
  { id }: KnownVolume,
  options: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { __typename, volume } = await askOnce(context, 'deleteVolume', { id, ...options })
  if (volume || __typename === 'NotFoundError') {
    context.known.dropVolume(id)
    context.known.dropSnapshots((each) => each.volumeId === id)
  }
  return __typename
}

function grown({ random }: LoadContext, { sizeGib }: KnownVolume): bigint {
  return sizeGib + 1n + BigInt(Math.floor(random() * Number(sizeGib) * 0.5))
}

function labels({ random }: LoadContext) {
  const keys = ['owner', 'cost-center', 'stage'].filter(() => random() < 0.6)
  return keys.map((key) => ({ key, value: oneOf(random, 'red', 'green', 'blue') }))
}
