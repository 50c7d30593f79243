import type { ClusterState } from '../cluster/cluster-state.ts'
import { SYSTEM_PROJECT } from '../cluster/projects.ts'
import { Refusal } from '../cluster/refusal.ts'
import type { RouteMatch } from './api-router.ts'
import { authenticate, type Caller } from './caller.ts'
import { type Answer, refusalAnswer } from './error-answer.ts'
import { withoutNulls } from './input-fields.ts'
import { renderJson } from './render-json.ts'
import type { Route } from './route.ts'

/** What the HTTP layer hands over of a request, once its body has arrived. */
export interface IncomingCall {
  readonly match: RouteMatch
  readonly authorization: string | undefined
  readonly ifMatch: string | undefined
  readonly bodyText: string
}

/** Does the work that a request asks for and says what to answer. Never throws for a refused call. */
export async function answerCall(cluster: ClusterState, call: IncomingCall): Promise<Answer> {
  try {
    const { route } = call.match
    const fields = fieldsOf(call)
    if (route.access !== 'open') {
      authorize(route, await authenticate(cluster, call.authorization), String(fields.projectName ?? ''))
    }
    const value = route.handle({ cluster, fields, ifMatch: call.ifMatch ?? '' })
    const body = renderJson(value, cluster.settings.emitZeros)
    return { status: 200, contentType: 'application/json', body }
  } catch (error) {
    if (error instanceof Refusal) return refusalAnswer(error.code, error.message)
    throw error
  }
}

/** POST and PUT read the body and ignore the query; the others read the query. The path always wins. */
function fieldsOf({ match, bodyText }: IncomingCall): Record<string, unknown> {
  const hasBody = match.route.method === 'POST' || match.route.method === 'PUT'
  const given = hasBody ? parseBody(bodyText) : match.queryFields
  const fromPath = Object.entries(match.pathFields).filter(([, value]) => value !== '')
  return { ...given, ...Object.fromEntries(fromPath) }
}

function parseBody(bodyText: string): Record<string, unknown> {
  if (bodyText.trim() === '') return {}
  try {
    const body = withoutNulls(JSON.parse(bodyText))
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body }
  } catch {
    // Falls through to the one refusal for every malformed body.
  }
  throw new Refusal('InvalidArgument', 'the body is not a JSON object')
}

function authorize(route: Route, caller: Caller, projectName: string): void {
  if (route.access === 'anyToken') return
  const systemRole = caller.get(SYSTEM_PROJECT)
  const role = systemRole ?? (route.access === 'project' ? caller.get(projectName) : undefined)
  if (!role) throw new Refusal('PermissionDenied', `${route.operation} is not allowed for this token`)
  if (role === 'viewer' && route.method !== 'GET') {
    throw new Refusal('PermissionDenied', `${route.operation} is not allowed for a viewer`)
  }
}
