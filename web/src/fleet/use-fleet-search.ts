import { useNavigate, useSearch } from '@tanstack/react-router'
import type { FleetSearch } from './fleet-search.ts'

/** What the fleet page shows, and the way to change it; `undefined` takes a part out of the address. */
export function useFleetSearch() {
  const search: FleetSearch = useSearch({ from: '/' })
  const navigate = useNavigate()
  const update = (change: FleetSearch) =>
    void navigate({ to: '/', search: { ...search, ...change }, replace: true, resetScroll: false })
  return { search, update }
}
