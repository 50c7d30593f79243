import findMyWay from 'find-my-way'
import { administrationRoutes } from './administration-routes.ts'
import { clusterRoutes } from './cluster-routes.ts'
import { observationRoutes } from './observation-routes.ts'
import { policyRoutes } from './policy-routes.ts'
import { resourcePolicyRoutes } from './resource-policy-routes.ts'
import type { Route } from './route.ts'
import { snapshotRoutes } from './snapshot-routes.ts'
import { volumeRoutes } from './volume-routes.ts'

/** A route with what the path and the query said. */
export interface RouteMatch {
  readonly route: Route
  readonly pathFields: Readonly<Record<string, string | undefined>>
  readonly queryFields: Readonly<Record<string, string>>
}

/** One router serves every cluster. A trailing slash is significant: it makes the last path field empty. */
const router = findMyWay({ maxParamLength: 300 })

for (const route of [
  ...clusterRoutes,
  ...volumeRoutes,
  ...snapshotRoutes,
  ...administrationRoutes,
  ...policyRoutes,
  ...resourcePolicyRoutes,
  ...observationRoutes,
]) {
  for (const path of route.paths) router.on(route.method, path, () => {}, route)
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const

/** Finds the route of a request; `wrongMethod` when the path exists under another method only. */
export function matchRoute(method: string, url: string): RouteMatch | 'notFound' | 'wrongMethod' {
  const known = METHODS.find((candidate) => candidate === method)
  const found = known && router.find(known, url)
  if (found) {
    return { route: found.store as Route, pathFields: found.params, queryFields: found.searchParams }
  }
  return METHODS.some((other) => router.find(other, url)) ? 'wrongMethod' : 'notFound'
}
