import type { Volume } from './volume-fields.ts'

export const VOLUME_SORTS = ['name', 'size', 'created'] as const
export type VolumeSort = (typeof VOLUME_SORTS)[number]

export const VOLUME_STATES = [
  'CREATING',
  'AVAILABLE',
  'RESIZING',
  'UPDATING',
  'RESTORING',
  'DELETING',
  'DELETED',
  'FAILED',
  'MISSING',
  'RELEASED',
] as const satisfies readonly Volume['state'][]

/** What the volumes page shows, as kept in its address. */
export interface VolumesSearch {
  /** Part of a name. */
  readonly q?: string
  readonly state?: Volume['state']
  /** A cluster's id. */
  readonly cluster?: string
  readonly sort?: VolumeSort
  readonly desc?: true
  /** Where the page begins, and its number counted from 1. */
  readonly after?: string
  readonly page?: number
  /** The dialog for creating a volume is open. */
  readonly create?: true
}

/** Reads the address leniently: what it does not know, it leaves out. */
export function parseVolumesSearch(search: Record<string, unknown>): VolumesSearch {
  const state = VOLUME_STATES.find((known) => known === search.state)
  const sort = VOLUME_SORTS.find((known) => known === search.sort)
  const page = Number(search.page)
  const hasPage = typeof search.after === 'string' && Number.isSafeInteger(page) && page > 1
  return {
    ...(search.q ? { q: String(search.q) } : {}),
    ...(state ? { state } : {}),
    ...(search.cluster ? { cluster: String(search.cluster) } : {}),
    ...(sort ? { sort } : {}),
    ...(search.desc === true ? { desc: true } : {}),
    ...(hasPage ? { after: String(search.after), page } : {}),
    ...(search.create === true ? { create: true } : {}),
  }
}
