import type { ClusterId } from '@flotilla/core/identity/ids'
import type { GroupMembers, Groups } from '@flotilla/core/placement/group-counts'
import type pg from 'pg'
import { GONE } from '../volumes/gone.ts'

/** Who is where of these groups: what is not certainly gone counts, wherever it is in its life. */
export async function readGroups(
  client: pg.ClientBase,
  groups: readonly string[],
  exceptVolumeId: string | null = null,
): Promise<Groups> {
  if (groups.length === 0) return new Map()
  const { rows } = await client.query<{ group: string; cluster_id: ClusterId; count: number }>(
    `SELECT placement_group AS group, cluster_id, count(*)::int AS count FROM volume
     WHERE placement_group = ANY ($1) AND state NOT IN ${GONE} AND id IS DISTINCT FROM $2
     GROUP BY placement_group, cluster_id`,
    [groups, exceptVolumeId],
  )
  const members = Map.groupBy(rows, (row) => row.group)
  return new Map(
    [...members].map(([group, each]) => [group, new Map(each.map((row) => [row.cluster_id, row.count]))]),
  )
}

/** As an object by group, then by cluster. */
export function toStoredGroups(groups: Groups): string {
  return JSON.stringify(
    Object.fromEntries([...groups].map(([group, members]) => [group, Object.fromEntries(members)])),
  )
}

export function storedGroups(json: unknown): Groups {
  return new Map(
    Object.entries(json as Record<string, Record<ClusterId, number>>).map(([group, members]) => [
      group,
      new Map(Object.entries(members)) as GroupMembers,
    ]),
  )
}
