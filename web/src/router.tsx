import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { FleetPage } from './fleet/fleet-page.tsx'
import { parseFleetSearch } from './fleet/fleet-search.ts'
import { NotFoundPage } from './shell/not-found-page.tsx'
import { Shell } from './shell/shell.tsx'
import { parseVolumesSearch } from './volumes/volumes-search.ts'

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage })

const fleetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: parseFleetSearch,
  component: FleetPage,
})

const volumesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/volumes',
  validateSearch: parseVolumesSearch,
  component: lazyRouteComponent(() => import('./volumes/volumes-page.tsx'), 'VolumesPage'),
})

const volumeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/volumes/$id',
  component: lazyRouteComponent(() => import('./volumes/volume-page.tsx'), 'VolumePage'),
})

/** All pages. What a page shows follows from its path and its search parameters alone. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([fleetRoute, volumesRoute, volumeRoute]),
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
