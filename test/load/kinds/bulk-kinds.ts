import { askOnce, type LoadContext, type LoadKind, oneOf } from '../load-kind.ts'

const OPERATION = 'operation { id }'
const MOST_ITEMS = 4

/** The same of a few volumes at once; what becomes of each is for their operations to say. */
export const BULK_KINDS: readonly LoadKind[] = [
  {
    name: 'bulk-create',
    share: 1,
    async ask(context) {
      const volumes = Array.from({ length: countOf(context) }, (_, index) => ({
        name: `${context.key}-${index}`,
        sizeBytes: `${1 + Math.floor(context.random() * context.medianGib)}GiB`,
      }))
      return (await askOnce(context, 'bulkCreateVolumes', { volumes }, OPERATION)).__typename
    },
  },
  {
    name: 'bulk-update',
    share: 2,
    ask: ofVolumes('bulkUpdateVolumes', ({ random, qosPolicies }) =>
      oneOf<object>(
        random,
        { labels: [{ key: 'owner', value: oneOf(random, 'red', 'green') }] },
        { compression: random() < 0.5 },
        { growBytes: '1GiB' },
        { qosPolicy: random() < 0.5 ? null : (qosPolicies[0] ?? null) },
      ),
    ),
  },
  { name: 'bulk-snapshot', share: 1, ask: ofVolumes('bulkCreateSnapshots', ({ key }) => ({ name: key })) },
  {
    name: 'bulk-delete',
    share: 1,
    ask: ofVolumes(
      'bulkDeleteVolumes',
      ({ random }) => ({ cascade: random() < 0.5, force: random() < 0.5 }),
      ({ known }, ids) => {
        for (const id of ids) known.dropVolume(id)
      },
    ),
  },
  {
    name: 'bulk-attach',
    share: 2,
    ask: ofVolumes(
      'bulkAttachVolumes',
      ({ known, random }) => {
        const hostId = known.pickHost(random)
        return hostId ? { hostIds: [hostId], mode: random() < 0.5 ? 'SHARED' : 'EXCLUSIVE' } : null
      },
      ({ known }, ids) => {
        for (const id of ids) known.noteAttached(id)
      },
    ),
  },
  { name: 'bulk-detach', share: 1, ask: ofVolumes('bulkDetachVolumes', () => ({})) },
]

function countOf({ random }: LoadContext): number {
  return 2 + Math.floor(random() * (MOST_ITEMS - 1))
}

/** @param changes null where there is nothing to ask it with */
function ofVolumes(
  field: string,
  changes: (context: LoadContext) => object | null,
  note: (context: LoadContext, ids: readonly string[]) => void = () => {},
): LoadKind['ask'] {
  return async (context) => {
    const { known, random } = context
    const picked = Array.from({ length: countOf(context) }, () => known.pickVolume(random)?.id)
    const ids = [...new Set(picked)].filter((id) => id !== undefined)
    const change = changes(context)
    if (ids.length === 0 || !change) return null
    const dryRun = random() < 0.2
    const input = { selection: { ids }, dryRun, ...change }
    const { __typename, operation } = await askOnce(context, field, input, OPERATION)
    if (operation) note(context, ids)
    return __typename
  }
}
