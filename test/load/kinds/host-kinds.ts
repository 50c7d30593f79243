import { askOnce, type LoadContext, type LoadKind } from '../load-kind.ts'

const HOST = 'host { id }'

/** Hosts, and who has which volume. */
export const HOST_KINDS: readonly LoadKind[] = [
  {
    name: 'register-host',
    share: 2,
    async ask(context) {
      const input = {
        nqn: `nqn.2019-09.com.example:${context.key}`,
        addresses: context.random() < 0.3 ? [addressOf(context)] : [],
      }
      const { __typename, host } = await askOnce(context, 'registerHost', input, HOST)
      if (host) context.known.addHost(host.id)
      return __typename
    },
  },
  {
    name: 'update-host',
    share: 1,
    async ask(context) {
      const id = context.known.pickHost(context.random)
      if (!id) return null
      const input = { id, name: context.key, addresses: [addressOf(context)] }
      return (await context.client.mutate({ field: 'updateHost', input, selection: HOST })).__typename
    },
  },
  {
    name: 'delete-host',
    share: 1,
    async ask(context) {
      const { known, random } = context
      const id = known.pickHost(random)
      if (!id) return null
      const { __typename, host } = await askOnce(context, 'deleteHost', { id }, HOST)
      if (host) known.dropHost(id)
      return __typename
    },
  },
  {
    name: 'attach',
    share: 8,
    async ask(context) {
      const { known, random } = context
      const volume = known.pickVolume(random)
      const hostId = known.pickHost(random)
      if (!volume || !hostId) return null
      const mode = random() < 0.5 ? 'SHARED' : 'EXCLUSIVE'
      const other = random() < 0.5 ? known.pickHost(random) : null
      const hostIds = [...new Set(mode === 'SHARED' && other ? [hostId, other] : [hostId])]
      const answer = await askOnce(context, 'attachVolume', { id: volume.id, hostIds, mode })
      if (answer.volume) known.noteAttached(volume.id)
      return answer.__typename
    },
  },
  {
    name: 'detach',
    share: 6,
    async ask(context) {
      const id = context.known.takeAttached(context.random)
      if (!id) return null
      const { __typename, volume } = await askOnce(context, 'detachVolume', { id })
      if (!volume && __typename !== 'NotFoundError') context.known.noteAttached(id)
      return __typename
    },
  },
]

function addressOf({ random }: LoadContext): string {
  return `192.0.2.${1 + Math.floor(random() * 250)}`
}
