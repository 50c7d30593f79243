import { type ExecutionArgs, GraphQLError } from 'graphql'
import type { AuthorizedRequest } from '../request-trace.ts'
import type { GraphqlServer } from './create-yoga.ts'

/** Executors carry the plugins of their request, so each operation brings its own along, as its root value. */
export type Executor = Pick<ReturnType<GraphqlServer['getEnveloped']>, 'execute' | 'subscribe'>

export interface OperationPayload {
  readonly query: string
  readonly operationName?: string | null
  readonly variables?: Record<string, unknown> | null
}

/** Parses and checks one operation; what is wrong with it comes back as errors. */
export async function prepareOperation(
  graphql: GraphqlServer,
  request: AuthorizedRequest,
  payload: OperationPayload,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const { schema, parse, validate, execute, subscribe, contextFactory } = graphql.getEnveloped(request)
  try {
    const document = parse(payload.query)
    const errors = validate(schema, document)
    if (errors.length > 0) return errors
    return {
      schema,
      document,
      operationName: payload.operationName,
      variableValues: payload.variables,
      contextValue: await contextFactory(),
      rootValue: { execute, subscribe },
    }
  } catch (error) {
    if (error instanceof GraphQLError) return [error]
    throw error
  }
}
