import type { ClusterState } from '../cluster/cluster-state.ts'
import type { IfMatch } from '../cluster/lookup.ts'
import type { Operation } from './operation.ts'
import type { WireValue } from './render-json.ts'

/**
 * Who may call. `open`: anybody, without a token. `anyToken`: every valid token. `system`: roles of the system
 * scope. `project`: roles of the project that the request names, or of the system scope.
 */
export type Access = 'open' | 'anyToken' | 'system' | 'project'

/** A request after routing, parsing and authentication. */
export interface ApiCall {
  readonly cluster: ClusterState
  /** Path over body (POST, PUT) or query (GET, DELETE), under the API's exact field names; nulls are dropped. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly ifMatch: IfMatch
}

/** One operation of the API; its answer is always status 200. */
export interface Route {
  /** The name in the API's contract, by which faults select requests. */
  readonly operation: Operation
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly paths: readonly string[]
  readonly access: Access
  handle(call: ApiCall): WireValue
}
