import { type IdType, idExample, idType, parseId } from '@flotilla/core/identity/ids'
import type { GraphQLError } from 'graphql'
import { topLevelError } from '../errors/top-level-error.ts'

export const FLEET_ID = 'fleet'

const NODE_TYPES = [
  'Cluster',
  'Volume',
  'Snapshot',
  'SnapshotSchedule',
  'Host',
  'Finding',
  'Operation',
  'PlacementDecision',
  'Alert',
] as const satisfies readonly IdType[]

/** Reads an id of any node, as `node` and `nodes` take it. @throws INVALID_ID */
export function parseNodeId(id: string): { typename: string; id: string } {
  if (id === FLEET_ID) return { typename: 'Fleet', id }
  const typename = NODE_TYPES.find((type) => type === idType(id))
  if (typename) return { typename, id }
  const examples = NODE_TYPES.map((type) => `"${idExample(type)}" (${type})`).join(', ')
  throw invalidId('id', `${JSON.stringify(id)} is no id of a node`, `"${FLEET_ID}" or an id like ${examples}`)
}

/**
 * Reads an id that must be of one type.
 *
 * @param path where the id stands in the arguments, for the error: `where.clusterId.0`
 * @throws INVALID_ID when it is malformed or of another type
 */
export function readId<T extends IdType>(type: T, id: string, path: string) {
  const parsed = parseId(type, id)
  if (parsed) return parsed
  const other = idType(id)
  const problem = other ? `is the id of ${one(other)}, not of ${one(type)}` : `is not the id of ${one(type)}`
  throw invalidId(path, `${JSON.stringify(id)} ${problem}`, `an id of ${one(type)} like "${idExample(type)}"`)
}

const one = (type: IdType) => `${/^[AO]/.test(type) ? 'an' : 'a'} ${type}`

function invalidId(path: string, problem: string, allowed: string): GraphQLError {
  return topLevelError('INVALID_ID', `${path}: ${problem}; allowed: ${allowed}`, { path, allowed })
}
