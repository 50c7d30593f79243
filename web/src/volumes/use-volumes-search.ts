import { useNavigate, useSearch } from '@tanstack/react-router'
import type { VolumesSearch } from './volumes-search.ts'

/** What the volumes page shows, and the ways to change it; `undefined` takes a part out of the address. */
export function useVolumesSearch() {
  const search: VolumesSearch = useSearch({ from: '/volumes' })
  const navigate = useNavigate()
  const to = '/volumes'
  return {
    search,
    update: (change: VolumesSearch) =>
      void navigate({ to, search: { ...search, ...change }, replace: true, resetScroll: false }),
    /** Another filter or order begins at the first page. */
    narrow: (change: VolumesSearch) =>
      void navigate({
        to,
        search: { ...search, after: undefined, page: undefined, ...change },
        replace: true,
        resetScroll: false,
      }),
    /** A step that the browser's back button undoes. */
    turnTo: (page: Pick<VolumesSearch, 'after' | 'page'>) =>
      void navigate({ to, search: { ...search, after: undefined, page: undefined, ...page } }),
  }
}
