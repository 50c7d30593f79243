import { z } from 'zod'
import type { ClusterState } from '../cluster/cluster-state.ts'
import { findProject } from '../cluster/lookup.ts'
import { SYSTEM_PROJECT } from '../cluster/projects.ts'
import type { HistoryEntry } from '../cluster/records.ts'
import { Refusal } from '../cluster/refusal.ts'
import { parseFields, text, uint } from './input-fields.ts'
import type { WireValue } from './render-json.ts'
import type { Route } from './route.ts'

const DEFAULT_EVENTS = 100

const rolesSchema = z.object({ projectName: text, name: text })
const eventsSchema = z.object({
  projectName: text,
  since: text,
  until: text,
  limit: uint,
  nextToken: text,
  severity: text,
  componentType: text,
})

/** What can only be looked at: events, roles, connected hosts. No host ever connects to a simulated cluster. */
export const observationRoutes: readonly Route[] = [
  {
    operation: 'ListEvents',
    method: 'GET',
    paths: ['/api/v2/projects/:projectName/events', '/api/v2/events'],
    access: 'project',
    handle: ({ cluster, fields }) => listEvents(cluster, fields),
  },
  {
    operation: 'ListHosts',
    method: 'GET',
    paths: ['/api/v2/connectedHosts'],
    access: 'system',
    handle: () => ({ hosts: [] }),
  },
  {
    operation: 'GetHost',
    method: 'GET',
    paths: ['/api/v2/connectedHosts/:hostNQN'],
    access: 'system',
    handle() {
      throw new Refusal('NotFound', 'host not found')
    },
  },
  {
    operation: 'ListRoles',
    method: 'GET',
    paths: ['/api/v2/projects/:projectName/roles'],
    access: 'project',
    handle: ({ cluster, fields }) => ({
      roles: rolesOf(cluster, parseFields(rolesSchema, fields).projectName),
    }),
  },
  {
    operation: 'GetRole',
    method: 'GET',
    paths: ['/api/v2/projects/:projectName/roles/:name'],
    access: 'project',
    handle({ cluster, fields }) {
      const { projectName, name } = parseFields(rolesSchema, fields)
      const role = rolesOf(cluster, projectName).find((candidate) => candidate.name === name)
      if (!role) throw new Refusal('NotFound', `role "${name}" not found`)
      return role
    },
  },
]

/** Volume events only, oldest first; the token is the id of the last event of the page before. */
function listEvents(cluster: ClusterState, fields: Readonly<Record<string, unknown>>): WireValue {
  const query = parseFields(eventsSchema, fields)
  if ([query.componentType, query.projectName, query.severity].filter(Boolean).length > 1) {
    throw new Refusal('Unimplemented', 'give one of componentType, projectName and severity')
  }
  const limit = query.limit || DEFAULT_EVENTS
  const found = cluster.history.filter(
    (entry) =>
      (!query.componentType || query.componentType === 'Volume') &&
      (!query.severity || query.severity === severityOf(entry)) &&
      entry.sequence > Number(query.nextToken || 0) &&
      (!query.projectName || entry.projectName === query.projectName) &&
      (!query.since || entry.atMs >= Date.parse(query.since)) &&
      (!query.until || entry.atMs <= Date.parse(query.until)),
  )
  const page = found.slice(0, limit)
  const nextToken = found.length > limit ? String(page.at(-1)?.sequence) : ''
  return { events: page.map(eventJson), nextToken }
}

function eventJson(entry: HistoryEntry): WireValue {
  const { sequence, atMs, kind, volumeUuid, volumeName, projectName } = entry
  return {
    ID: String(sequence),
    Time: new Date(atMs).toISOString(),
    Type: 'Volume',
    Severity: severityOf(entry),
    EventName: `Volume${kind}`,
    ReportingService: 'API',
    Description: `volume ${volumeName} (${volumeUuid}) of project ${projectName}: ${kind}`,
  }
}

function severityOf(entry: HistoryEntry): string {
  return entry.kind === 'failed' ? 'High' : 'Info'
}

function rolesOf(cluster: ClusterState, projectName: string) {
  findProject(cluster, projectName)
  const names = projectName === SYSTEM_PROJECT ? ['cluster-admin', 'cluster-viewer'] : ['admin', 'viewer']
  return names.map((name) => ({ name, projectName, rulesJson: '[]' }))
}
