import { askOnce, type LoadContext, type LoadKind, oneOf } from '../load-kind.ts'
import { POLICIES } from '../make-policies.ts'

const POLICY = 'policy { name } operation { id }'

/** Policies of the run's own, beside those that volumes are placed by. */
export const POLICY_KINDS: readonly LoadKind[] = [
  {
    name: 'create-policy',
    share: 1,
    async ask(context) {
      const { known, key } = context
      const document = documentOf(context, key)
      const { __typename } = await askOnce(context, 'createPolicy', { document }, POLICY)
      if (__typename === 'CreatePolicyPayload') known.addPolicy(key)
      return __typename
    },
  },
  {
    name: 'update-policy',
    share: 1,
    async ask(context) {
      const name = context.known.pickPolicy(context.random)
      if (!name) return null
      return send(context, 'updatePolicy', { document: documentOf(context, name) }, POLICY)
    },
  },
  {
    name: 'set-shadow',
    share: 1,
    async ask(context) {
      const { known, random } = context
      const shadow = random() < 0.7 ? known.pickPolicy(random) : null
      return send(context, 'setShadowPolicy', { policy: oneOf(random, ...POLICIES).name, shadow }, POLICY)
    },
  },
  {
    name: 'delete-policy',
    share: 1,
    async ask(context) {
      const { known, random } = context
      const name = known.pickPolicy(random)
      if (!name) return null
      const outcome = await send(context, 'deletePolicy', { name }, 'name operation { id }')
      if (outcome === 'DeletePolicyPayload') known.dropPolicy(name)
      return outcome
    },
  },
]

function documentOf({ key, random }: LoadContext, name: string) {
  const weight = random().toFixed(2)
  return {
    name,
    description: `as of ${key}`,
    prefer: [{ key: 'site', operator: 'IN', values: ['north'], weight }],
  }
}

async function send(
  { client }: LoadContext,
  field: string,
  input: Readonly<Record<string, unknown>>,
  selection: string,
): Promise<string> {
  return (await client.mutate({ field, input, selection })).__typename
}
