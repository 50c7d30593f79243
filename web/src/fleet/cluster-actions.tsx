import { ActionIcon, Menu } from '@mantine/core'
import { EllipsisVertical, Lock, LockOpen, RefreshCw } from 'lucide-react'
import { useMutation } from 'urql'
import { describeFailure } from '../graphql/describe-failure.ts'
import { graphql } from '../graphql/graphql.ts'
import { useCanOperate } from '../session/use-can-operate.ts'
import { notifyFailure } from '../shell/notify.ts'
import { type Cluster, ClusterFields } from './cluster-fields.ts'

const UpdateClusterDocument = graphql(
  `
    mutation UpdateCluster($input: UpdateClusterInput!) {
      updateCluster(input: $input) {
        __typename
        ... on UpdateClusterPayload { cluster { ...ClusterFields } }
        ... on Error { message }
      }
    }
  `,
  [ClusterFields],
)

const RefreshClusterDocument = graphql(`
  mutation RefreshCluster($input: RefreshClusterInput!) {
    refreshCluster(input: $input) {
      __typename
      ... on RefreshClusterPayload { operation { id state } }
      ... on Error { message }
    }
  }
`)

/** What an operator may do with a cluster from its row. */
export function ClusterActions({ cluster }: { readonly cluster: Cluster }) {
  const canOperate = useCanOperate()
  const [update, updateCluster] = useMutation(UpdateClusterDocument)
  const [refresh, refreshCluster] = useMutation(RefreshClusterDocument)
  const isActive = cluster.adminState === 'ACTIVE'

  async function setAdminState() {
    const { data, error } = await updateCluster({
      input: {
        id: cluster.id,
        expectedRevision: cluster.revision,
        adminState: isActive ? 'CORDONED' : 'ACTIVE',
      },
    })
    const problem = error ? describeFailure(error) : refusalOf(data?.updateCluster)
    if (problem) notifyFailure(`${cluster.name} was not ${isActive ? 'cordoned' : 'uncordoned'}`, problem)
  }

  async function observeNow() {
    const { data, error } = await refreshCluster({ input: { id: cluster.id } })
    const problem = error ? describeFailure(error) : refusalOf(data?.refreshCluster)
    if (problem) notifyFailure(`${cluster.name} was not refreshed`, problem)
  }

  if (!canOperate) return null
  return (
    <Menu position="bottom-end" withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Actions for ${cluster.name}`}
          loading={update.fetching || refresh.fetching}
        >
          <EllipsisVertical size={17} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<RefreshCw size={15} aria-hidden="true" />} onClick={observeNow}>
          Refresh figures
        </Menu.Item>
        <Menu.Item
          leftSection={
            isActive ? <Lock size={15} aria-hidden="true" /> : <LockOpen size={15} aria-hidden="true" />
          }
          onClick={setAdminState}
        >
          {isActive ? 'Cordon: no new volumes' : 'Uncordon: take volumes again'}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function refusalOf(result: object | undefined): string | undefined {
  return result && 'message' in result ? String(result.message) : undefined
}
