import type { Stack } from '../testkit/stack.ts'
import type { Model } from './model.ts'

export interface SeenVolume {
  readonly state: string
  readonly cluster: string
  readonly name: string
  readonly sizeBytes: string
  readonly labels: string
  readonly hosts: string
}

/** What the API shows of a project and the fleet. */
export interface Picture {
  readonly volumes: ReadonlyMap<string, SeenVolume>
  /** States; without those that were taken for a clone alone. */
  readonly snapshots: ReadonlyMap<string, string>
  /** Kind and name or volume of each that is open. */
  readonly findings: readonly string[]
}

interface AnsweredVolume {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly sizeBytes: string
  readonly labels: readonly { readonly key: string; readonly value: string }[]
  readonly cluster: { readonly name: string }
  readonly attachments: readonly {
    readonly host: { readonly id: string }
    readonly confirmedMode: string | null
  }[]
}

interface AnsweredPicture {
  readonly nodes: readonly (AnsweredVolume | { readonly id: string; readonly snapshotState: string } | null)[]
  readonly volumes: { readonly nodes: readonly { readonly id: string }[] }
  readonly snapshots: {
    readonly nodes: readonly { readonly id: string; readonly madeFor: object | null }[]
  }
  readonly findings: {
    readonly nodes: readonly {
      readonly kind: string
      readonly name: string
      readonly volume: { readonly id: string } | null
    }[]
  }
}

const QUERY = `query ($ids: [ID!]!, $project: String!) {
  nodes(ids: $ids) { ... on Volume { id name state sizeBytes labels { key value } cluster { name }
    attachments { host { id } confirmedMode } }
    ... on Snapshot { id snapshotState: state } }
  volumes(first: 200, where: { project: { eq: $project } }) { nodes { id } }
  snapshots(first: 200, where: { project: { eq: $project } }) { nodes { id madeFor { id } } }
  findings(first: 200, where: { state: [OPEN] }) { nodes { kind name volume { id } } } }`

/** By the ids that are known, so that those that are gone are among them; and whatever else the project has. */
export async function readPicture({ api }: Stack, model: Model): Promise<Picture> {
  const ids = [...model.volumes, ...model.snapshots].map(({ id }) => id)
  const { nodes, ...seen } = await api.insist<AnsweredPicture>(QUERY, { ids, project: model.project })
  const volumes = new Map<string, SeenVolume>(seen.volumes.nodes.map(({ id }) => [id, UNKNOWN]))
  const listed = seen.snapshots.nodes.filter(({ madeFor }) => madeFor === null)
  const snapshots = new Map(listed.map(({ id }) => [id, 'unknown']))
  for (const node of nodes) {
    if (node && 'snapshotState' in node) snapshots.set(node.id, node.snapshotState)
    else if (node) volumes.set(node.id, toSeen(node))
  }
  const findings = seen.findings.nodes.map(({ kind, name, volume }) =>
    kind === 'FOREIGN' ? `FOREIGN ${name}` : `${kind} ${volume?.id}`,
  )
  return { volumes, snapshots, findings }
}

const UNKNOWN: SeenVolume = { state: '', cluster: '', name: '', sizeBytes: '', labels: '', hosts: '' }

function toSeen(node: AnsweredVolume): SeenVolume {
  return {
    state: node.state,
    name: node.name,
    cluster: node.cluster.name,
    sizeBytes: node.sizeBytes,
    labels: JSON.stringify(Object.fromEntries(node.labels.map(({ key, value }) => [key, value]))),
    hosts: node.attachments
      .map(({ host, confirmedMode }) => `${host.id} ${confirmedMode}`)
      .sort()
      .join(),
  }
}
