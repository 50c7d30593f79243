import { useEffect } from 'react'
import { useQuery } from 'urql'
import { graphql } from '../graphql/graphql.ts'
import { useLive } from '../graphql/live-context.tsx'
import { VolumeFields } from './volume-fields.ts'
import type { VolumesSearch } from './volumes-search.ts'

export const PAGE_SIZE = 50

const VolumesDocument = graphql(
  `
    query Volumes($first: Int!, $after: String, $where: VolumeFilter, $orderBy: VolumeOrder) {
      volumes(first: $first, after: $after, where: $where, orderBy: $orderBy) {
        nodes { ...VolumeFields }
        pageInfo { hasNextPage endCursor }
        totalCount
      }
    }
  `,
  [VolumeFields],
)

const SORT_FIELDS = { name: 'NAME', size: 'SIZE_BYTES', created: 'CREATED_AT' } as const

/** One page of volumes, as the address asks for it; asked for again after volumes changed. */
export function useVolumes({ q, state, cluster, sort = 'name', desc, after }: VolumesSearch) {
  const { volumesRevision } = useLive()
  const [{ data, error, fetching }, refetch] = useQuery({
    query: VolumesDocument,
    variables: {
      first: PAGE_SIZE,
      after: after ?? null,
      where: {
        ...(q ? { name: { contains: q } } : {}),
        ...(state ? { state: [state] } : {}),
        ...(cluster ? { clusterId: [cluster] } : {}),
      },
      orderBy: { field: SORT_FIELDS[sort], direction: desc ? 'DESC' : 'ASC' },
    },
  })

  useEffect(() => {
    if (volumesRevision > 0) refetch({ requestPolicy: 'network-only' })
  }, [volumesRevision, refetch])

  return {
    page: data?.volumes,
    error,
    fetching,
    retry: () => refetch({ requestPolicy: 'network-only' }),
  }
}
