import { idType } from '@flotilla/core/identity/ids'
import { FLEET_ID } from './parse-node-id.ts'

/** Tells members of unions and interfaces apart: every node carries its type in its id. */
export function isNode(
  typename:
    | 'Fleet'
    | 'Cluster'
    | 'Volume'
    | 'Snapshot'
    | 'SnapshotSchedule'
    | 'Finding'
    | 'Host'
    | 'Operation'
    | 'PlacementDecision'
    | 'Alert',
) {
  return (value: unknown): boolean => {
    if (typeof value !== 'object' || value === null || !('id' in value)) return false
    if (typename === 'Fleet') return value.id === FLEET_ID
    return typeof value.id === 'string' && idType(value.id) === typename
  }
}
