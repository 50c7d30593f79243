import { useEffect, useState } from 'react'
import { useQuery } from 'urql'
import { graphql } from '../graphql/graphql.ts'
import { ClusterFields } from './cluster-fields.ts'
import { FleetFields } from './fleet-fields.ts'

const FleetDocument = graphql(
  `
    query Fleet($after: String) {
      fleet { ...FleetFields }
      clusters(first: 200, after: $after, orderBy: { field: NAME }) {
        nodes { ...ClusterFields }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [ClusterFields, FleetFields],
)

/** The fleet and all of its clusters, loaded page by page; events keep both current afterwards. */
export function useFleet() {
  const [after, setAfter] = useState<string | null>(null)
  const [{ data, error, fetching }, refetch] = useQuery({ query: FleetDocument, variables: { after } })
  const pageInfo = data?.clusters.pageInfo

  useEffect(() => {
    if (pageInfo?.hasNextPage && !fetching) setAfter(pageInfo.endCursor)
  }, [pageInfo, fetching])

  return {
    fleet: data?.fleet,
    clusters: data?.clusters.nodes ?? [],
    isComplete: pageInfo?.hasNextPage === false,
    error,
    retry: () => refetch({ requestPolicy: 'network-only' }),
  }
}
