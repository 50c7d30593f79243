import type { ResultOf } from 'gql.tada'
import { ClusterFields } from '../fleet/cluster-fields.ts'
import { FleetFields } from '../fleet/fleet-fields.ts'
import { OperationFields } from '../operations/operation-fields.ts'
import { VolumeFields } from '../volumes/volume-fields.ts'
import { graphql } from './graphql.ts'

/** Everything that changes in the fleet, in one stream. Entities are whole, so the cache applies them by id. */
export const FleetEventsDocument = graphql(
  `
    subscription FleetEvents($after: String) {
      fleetEvents(after: $after) {
        __typename
        ... on FleetSnapshot { cursor fleet { ...FleetFields } clusters { ...ClusterFields } }
        ... on ClusterChanged { cursor cluster { ...ClusterFields } fleet { ...FleetFields } }
        ... on ClusterDetached { cursor clusterId fleet { ...FleetFields } }
        ... on VolumeChanged { cursor volume { ...VolumeFields } }
        ... on SnapshotChanged { cursor }
        ... on SnapshotScheduleChanged { cursor }
        ... on AlertChanged { cursor }
        ... on FindingsChanged { cursor }
        ... on OperationChanged { cursor operation { ...OperationFields } }
        ... on Heartbeat { cursor at }
        ... on ResyncRequired { reason }
      }
    }
  `,
  [ClusterFields, FleetFields, VolumeFields, OperationFields],
)

export type FleetEvent = ResultOf<typeof FleetEventsDocument>['fleetEvents']
