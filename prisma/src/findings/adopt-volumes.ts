import type { ErrorCode } from '@flotilla/core/errors'
import { defaultVolumeName, distinctVolumeName } from '@flotilla/core/findings/default-volume-name'
import type { FindingKind, FindingState } from '@flotilla/core/findings/finding'
import type { ClusterId, FindingId, VolumeId } from '@flotilla/core/identity/ids'
import type { Adoption, AdoptionOutcome, WantedAdoption } from '@flotilla/core/ports/finding-store'
import { MAX_SIZE_BYTES } from '@flotilla/core/units/bytes'
import { ownVolumeId } from '@flotilla/core/volumes/own-volume-id'
import type pg from 'pg'
import { lockLedger } from '../clusters/lock-ledger.ts'
import { refuseUnknownPolicy } from '../policies/refuse-unknown-policy.ts'
import { GONE } from '../volumes/gone.ts'
import { readHeld } from '../volumes/read-held.ts'
import { resolved } from './history.ts'
import { lockFindings } from './lock-findings.ts'
import type { StoredPicture } from './stored-picture.ts'

interface FindingRow {
  id: FindingId
  cluster_id: ClusterId
  kind: FindingKind
  state: FindingState
  subject: string
  observed: StoredPicture & { readonly state: string }
  is_detached: boolean
}

interface Adopted {
  readonly item: WantedAdoption
  readonly finding: FindingRow
  readonly name: string
}

type Refusal = NonNullable<AdoptionOutcome['refusal']>

/**
 * Makes the records, with their bytes as contained in what the cluster has provisioned already, so that nothing is counted
 * twice and nothing is pending. Locks in the order of every writer: findings, clusters, ledger, volumes.
 *
 * @param actor who is named in the findings' history
 * @throws InvalidInputError for an unknown policy
 */
export async function adoptVolumes(
  client: pg.ClientBase,
  { project, policyName, items }: Adoption,
  actor: string,
): Promise<{ outcomes: readonly AdoptionOutcome[]; clusterIds: readonly ClusterId[] }> {
  const revision = await readRevision(client, policyName)
  const findings = await lockAll(client, items)
  const taken = await readTaken(client, project, items, findings)
  const twins = await readTwins(client, findings)
  const held = await readAdopted(client, findings)
  const adopted: Adopted[] = []
  const outcomes = items.map((item): AdoptionOutcome => {
    const finding = findings.get(item.findingId)
    const refusal = finding
      ? findingFault(finding, twins, held)
      : refused('NOT_FOUND', `there is no finding ${item.findingId}`)
    if (refusal || !finding) return { findingId: item.findingId, volumeId: null, refusal }
    const name = item.name ?? freeName(finding, taken)
    if (taken.has(name)) {
      const message = `a volume of project ${project} has the name "${name}"`
      return { findingId: item.findingId, volumeId: null, refusal: refused('NAME_TAKEN', message) }
    }
    taken.add(name)
    findings.delete(item.findingId)
    adopted.push({ item, finding, name })
    return { findingId: item.findingId, volumeId: item.volumeId, refusal: null }
  })
  await insertVolumes(client, adopted, project, policyName, revision)
  await closeFindings(client, adopted, actor)
  return { outcomes, clusterIds: [...new Set(adopted.map(({ finding }) => finding.cluster_id))] }
}

function refused(code: ErrorCode, message: string): Refusal {
  return { code, message }
}

async function readRevision(client: pg.ClientBase, policyName: string): Promise<number> {
  const { rows } = await client.query<{ current_revision: number }>(
    'SELECT current_revision FROM policy WHERE name = $1 FOR SHARE',
    [policyName],
  )
  if (rows[0]) return rows[0].current_revision
  throw await refuseUnknownPolicy(client, policyName, ['input', 'policy'])
}

async function lockAll(
  client: pg.ClientBase,
  items: readonly WantedAdoption[],
): Promise<Map<FindingId, FindingRow>> {
  const ids = items.map(({ findingId }) => findingId)
  const { rows: clusters } = await client.query<{ cluster_id: ClusterId }>(
    'SELECT DISTINCT cluster_id FROM finding WHERE id = ANY ($1)',
    [ids],
  )
  const clusterIds = clusters.map((row) => row.cluster_id)
  await lockFindings(client, clusterIds)
  await client.query('SELECT 1 FROM cluster WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE', [clusterIds])
  await lockLedger(client, clusterIds)
  const { rows } = await client.query<FindingRow>(
    `SELECT finding.id, cluster_id, kind, state, subject, observed, detached_at IS NOT NULL AS is_detached
     FROM finding JOIN cluster ON cluster.id = cluster_id WHERE finding.id = ANY ($1)`,
    [ids],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

/** Names that the wanted ones could meet. */
async function readTaken(
  client: pg.ClientBase,
  project: string,
  items: readonly WantedAdoption[],
  findings: ReadonlyMap<FindingId, FindingRow>,
): Promise<Set<string>> {
  const found = [...findings.values()].filter(({ kind }) => kind === 'FOREIGN')
  const names = [
    ...items.flatMap(({ name }) => name ?? []),
    ...found.flatMap(({ observed, subject }) => [
      defaultVolumeName(observed.name),
      distinctVolumeName(observed.name, subject),
    ]),
  ]
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM volume WHERE project = $1 AND name = ANY ($2) AND state NOT IN ${GONE}`,
    [project, names],
  )
  return new Set(rows.map((row) => row.name))
}

/** Volumes of ours whose names those on the clusters bear, though they should not be there. */
async function readTwins(
  client: pg.ClientBase,
  findings: ReadonlyMap<FindingId, FindingRow>,
): Promise<ReadonlySet<string>> {
  const ids = [...findings.values()].flatMap((finding) => ownId(finding) ?? [])
  if (ids.length === 0) return new Set()
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM volume WHERE id = ANY ($1) AND state NOT IN ${GONE}`,
    [ids],
  )
  return new Set(rows.map((row) => row.id))
}

/** Volumes of ours that findings tell of all the same, by the findings' ids. */
async function readAdopted(
  client: pg.ClientBase,
  findings: ReadonlyMap<FindingId, FindingRow>,
): Promise<ReadonlyMap<FindingId, VolumeId>> {
  const foreign = [...findings.values()].filter(({ kind }) => kind === 'FOREIGN')
  const clusterIds = [...new Set(foreign.map(({ cluster_id }) => cluster_id))]
  const held = await readHeld(
    client,
    clusterIds,
    foreign.map(({ subject }) => subject),
  )
  const key = (clusterId: ClusterId, backendId: string) => `${clusterId} ${backendId}`
  const ids = new Map(held.map(({ id, clusterId, backendId }) => [key(clusterId, backendId), id]))
  return new Map(
    foreign.flatMap(({ id, cluster_id, subject }) => {
      const volumeId = ids.get(key(cluster_id, subject))
      return volumeId ? [[id, volumeId]] : []
    }),
  )
}

function ownId({ kind, observed }: FindingRow): string | null {
  return kind === 'FOREIGN' ? ownVolumeId(observed) : null
}

function findingFault(
  finding: FindingRow,
  twins: ReadonlySet<string>,
  held: ReadonlyMap<FindingId, VolumeId>,
): Refusal | null {
  const { id, kind, state, observed } = finding
  if (kind !== 'FOREIGN')
    return refused('INVALID_STATE', `${id} is ${kind}; only a FOREIGN volume is adopted`)
  if (state === 'RESOLVED' || finding.is_detached)
    return refused('INVALID_STATE', `${id} is RESOLVED: there is no such volume, or it is ours by now`)
  const holder = held.get(id)
  if (holder) return refused('INVALID_STATE', `the volume is ${holder} already`)
  if (observed.state !== 'AVAILABLE')
    return refused('INVALID_STATE', `the volume is ${observed.state}; it is adopted when it is AVAILABLE`)
  const twin = ownId(finding)
  if (twin && twins.has(twin))
    return refused('INVALID_STATE', `it bears the name of ${twin}, which the records have elsewhere`)
  const size = BigInt(observed.sizeBytes)
  const isKeepable = size > 0n && size <= MAX_SIZE_BYTES
  return isKeepable
    ? null
    : refused('INVALID_STATE', `its size, ${size} bytes, is beyond what can be managed`)
}

function freeName({ observed, subject }: FindingRow, taken: ReadonlySet<string>): string {
  const name = defaultVolumeName(observed.name)
  return taken.has(name) ? distinctVolumeName(observed.name, subject) : name
}

async function insertVolumes(
  client: pg.ClientBase,
  adopted: readonly Adopted[],
  project: string,
  policyName: string,
  revision: number,
): Promise<void> {
  const rows = adopted.map(({ item, finding, name }) => {
    const { state: _, ...written } = finding.observed
    return {
      id: item.volumeId,
      cluster_id: finding.cluster_id,
      backend_id: finding.subject,
      name,
      labels: item.labels,
      written,
    }
  })
  await client.query(
    `WITH adopted AS (
       SELECT *, (written ->> 'sizeBytes')::bigint AS size_bytes, (written ->> 'replicas')::int AS replicas
       FROM jsonb_to_recordset($1::jsonb) AS row(id text, cluster_id text, backend_id text, name text, labels jsonb, written jsonb)),
     looked_at_soon AS (
       UPDATE cluster SET inventory_due_at = clock_timestamp() WHERE id IN (SELECT cluster_id FROM adopted)),
     counted AS (
       UPDATE cluster_capacity AS capacity SET foreign_volume_count = greatest(0, foreign_volume_count - count)
       FROM (SELECT cluster_id, count(*)::int FROM adopted GROUP BY cluster_id) AS each
       WHERE capacity.cluster_id = each.cluster_id)
     INSERT INTO volume (id, project, name, size_bytes, replicas, compression, qos_policy, labels, state, cluster_id,
                         backend_name, backend_project, backend_id, written, observed_bytes, observed_size_bytes, observed_state,
                         observed_access, observed_at, policy_name, policy_revision, adopted_at, acknowledged_at,
                         settled_generation, foreign_snapshot_count, foreign_clone_count, observed_clone)
     SELECT id, $2, name, size_bytes, replicas, (written ->> 'compression')::boolean, written ->> 'qosPolicy', labels, 'AVAILABLE',
            cluster_id, written ->> 'name', written ->> 'project', backend_id, written, size_bytes * replicas, size_bytes,
            'AVAILABLE', written -> 'access', clock_timestamp(), $3, $4, clock_timestamp(), clock_timestamp(), 1, NULL, NULL, NULL
     FROM adopted`,
    [JSON.stringify(rows), project, policyName, revision],
  )
}

async function closeFindings(
  client: pg.ClientBase,
  adopted: readonly Adopted[],
  actor: string,
): Promise<void> {
  await client.query(
    `UPDATE finding SET ${resolved('ADOPTED', '$3')}, volume_id = adopted.volume_id
     FROM unnest($1::text[], $2::text[]) AS adopted(id, volume_id) WHERE finding.id = adopted.id`,
    [adopted.map(({ finding }) => finding.id), adopted.map(({ item }) => item.volumeId), actor],
  )
}
