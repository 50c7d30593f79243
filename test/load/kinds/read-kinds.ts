import { type LoadContext, type LoadKind, oneOf } from '../load-kind.ts'

interface VolumeShown {
  readonly id: string
  readonly revision: number
  readonly state: string
}

interface PageData {
  readonly volumes: { readonly nodes: readonly VolumeShown[] }
}

interface VolumeData {
  readonly volume: VolumeShown | null
}

interface ClustersData {
  readonly clusters: {
    readonly nodes: readonly {
      readonly id: string
      readonly capacity: { readonly observedAt: string } | null
    }[]
  }
}

interface PreviewData {
  readonly previewPlacement: { readonly __typename: string }
}

/** What is looked at, and what is asked again. */
export const READ_KINDS: readonly LoadKind[] = [
  {
    name: 'read-volumes',
    share: 5,
    async ask({ client, random }) {
      const field = oneOf(random, 'CREATED_AT', 'NAME', 'SIZE_BYTES')
      const { volumes } = await client.read<PageData>(
        `query ($order: VolumeOrder) { volumes(first: 50, orderBy: $order) { nodes { id revision state } } }`,
        { order: { field, direction: oneOf(random, 'ASC', 'DESC') } },
      )
      client.see({ volumes: volumes.nodes })
      return 'answered'
    },
  },
  {
    name: 'read-volume',
    share: 5,
    async ask({ client, known, random }) {
      const volume = known.pickVolume(random)
      if (!volume) return null
      const { volume: shown } = await client.read<VolumeData>(
        `query ($id: ID!) { volume(id: $id) { id revision state operations(first: 5) { nodes { id state } }
          attachments { host { id } wantedMode } placementDecision { verdicts { rank clusterName } } } }`,
        { id: volume.id },
      )
      if (shown) client.see({ volumes: [{ id: shown.id, revision: shown.revision, state: shown.state }] })
      return shown ? 'answered' : 'not found'
    },
  },
  {
    name: 'read-clusters',
    share: 4,
    async ask({ client }) {
      const { clusters } = await client.read<ClustersData>(
        '{ clusters(first: 200) { nodes { id capacity { observedAt provisionedRatio } } } }',
      )
      client.see({
        clusters: clusters.nodes.map(({ id, capacity }) => ({
          id,
          observedAt: capacity?.observedAt ?? null,
        })),
      })
      return 'answered'
    },
  },
  {
    name: 'preview',
    share: 3,
    async ask({ client, random, medianGib }) {
      const input = [1, 2, 3].map(() => ({ sizeBytes: `${Math.ceil(random() * medianGib * 2)}GiB` }))
      const { previewPlacement } = await client.read<PreviewData>(
        `query ($input: [PreviewPlacementInput!]!) { previewPlacement(input: $input) { __typename } }`,
        { input },
      )
      return previewPlacement.__typename
    },
  },
  {
    name: 'repeat',
    share: 3,
    async ask({ client, known, random }: LoadContext) {
      const sent = known.pickSent(random)
      return sent && `${sent.field} ${(await client.mutate(sent)).__typename}`
    },
  },
]
