import type { Viewer } from '@flotilla/core/ports/authenticator'
import { topLevelError } from '@flotilla/schema/errors/top-level-error'
import type { ServerOptions } from 'graphql-ws'
import type { Extra } from 'graphql-ws/use/ws'
import type { Logger } from 'pino'
import { type GraphqlServer, presentResult } from '../graphql/create-yoga.ts'
import { type Executor, prepareOperation } from '../graphql/prepare-operation.ts'
import { type AuthorizedRequest, describeTrace, type RequestTrace, startTrace } from '../request-trace.ts'

/** What we keep about a connection that has shown a good token. */
export interface Session extends Record<PropertyKey, unknown> {
  viewer: Viewer
  /** The operations under way, by the client's ids. */
  traces: Map<string, RequestTrace>
  endWatch: () => void
}

/** What a client says when it connects; anything, until it has been looked at. */
export type ConnectionParams = Record<string, unknown>

/** More at once on one connection is a fault of the client. */
const MAX_OPERATIONS = 100

/** Operations over WebSockets go through the same parsing, limits, masking and logging as those over HTTP. */
export function operationHooks(
  graphql: GraphqlServer,
  log: Logger,
): ServerOptions<ConnectionParams, Extra & Partial<Session>> {
  const logEnd = ({ traces }: Partial<Session>, id: string): void => {
    const trace = traces?.get(id)
    if (!trace) return
    log[trace.codes ? 'info' : 'debug']({ ...describeTrace(trace), transport: 'ws' }, 'request')
    traces?.delete(id)
  }

  return {
    execute: (args) => (args.rootValue as Executor).execute(args),
    subscribe: (args) => (args.rootValue as Executor).subscribe(args),
    onSubscribe({ extra: { viewer, traces }, subscriptions }, id, payload) {
      if (!viewer || !traces) return [topLevelError('UNAUTHENTICATED', 'show a token first')]
      const trace = { ...startTrace(), caller: viewer.name }
      traces.set(id, trace)
      if (Object.keys(subscriptions).length > MAX_OPERATIONS) {
        return [topLevelError('OVERLOADED', `more than ${MAX_OPERATIONS} operations on one connection`)]
      }
      return prepareOperation(graphql, { viewer, trace }, payload)
    },
    onNext(_context, _id, _payload, { contextValue }, result) {
      const shown = presentResult(result, (contextValue as AuthorizedRequest).trace, log)
      return { ...shown, errors: shown.errors?.map((error) => error.toJSON()) }
    },
    onError({ extra }, id, _payload, errors) {
      const trace = extra.traces?.get(id)
      const shown = trace ? presentResult({ errors }, trace, log).errors : errors
      logEnd(extra, id)
      return shown?.map((error) => error.toJSON())
    },
    onComplete: ({ extra }, id) => logEnd(extra, id),
  }
}
