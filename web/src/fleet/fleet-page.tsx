import { Button, TextInput } from '@mantine/core'
import { Plus, Search } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { formatCount } from '../format/format-count.ts'
import { useCanOperate } from '../session/use-can-operate.ts'
import { FailureNotice } from '../shell/failure-notice.tsx'
import { Loading } from '../shell/loading.tsx'
import { PageHeading } from '../shell/page-heading.tsx'
import { ClusterTable } from './cluster-table.tsx'
import { EmptyFleet } from './empty-fleet.tsx'
import type { Fleet } from './fleet-fields.ts'
import styles from './fleet-page.module.css'
import { FleetTotals } from './fleet-totals.tsx'
import { filterClusters } from './sort-clusters.ts'
import { useFleet } from './use-fleet.ts'
import { useFleetSearch } from './use-fleet-search.ts'

const RegisterClusterDialog = lazy(async () => {
  const { RegisterClusterDialog } = await import('./register-cluster-dialog.tsx')
  return { default: RegisterClusterDialog }
})

/** Every cluster of the fleet, and what they add up to. */
export function FleetPage() {
  const { search, update } = useFleetSearch()
  const { fleet, clusters, isComplete, error, retry } = useFleet()
  const canOperate = useCanOperate()
  const showRegister = (open: boolean) => update({ register: open || undefined })

  return (
    <>
      <PageHeading
        title="Fleet"
        summary={fleet && summarize(fleet)}
        actions={
          canOperate && (
            <Button
              size="sm"
              leftSection={<Plus size={16} aria-hidden="true" />}
              onClick={() => showRegister(true)}
            >
              Register cluster
            </Button>
          )
        }
      />
      {error && <FailureNotice title="The fleet could not be read" error={error} onRetry={retry} />}
      {!fleet && !error && <Loading what="the fleet" />}
      {fleet?.capacity && <FleetTotals capacity={fleet.capacity} clusterCount={fleet.clusterCount} />}
      {isComplete && clusters.length === 0 && <EmptyFleet onRegister={() => showRegister(true)} />}
      {clusters.length > 0 && (
        <section aria-labelledby="clusters">
          <div className={styles.tools}>
            <h2 id="clusters" className={styles.title}>
              Clusters
            </h2>
            <TextInput
              type="search"
              aria-label="Filter clusters by name or label"
              placeholder="Filter by name or label"
              leftSection={<Search size={15} aria-hidden="true" />}
              value={search.q ?? ''}
              onChange={(event) => update({ q: event.currentTarget.value || undefined })}
            />
          </div>
          <ClusterTable clusters={filterClusters(clusters, search.q ?? '')} />
        </section>
      )}
      {search.register && (
        <Suspense>
          <RegisterClusterDialog onClose={() => showRegister(false)} />
        </Suspense>
      )}
    </>
  )
}

function summarize({ clusterCount, connectedClusterCount, volumeCount }: Fleet): string {
  const connected =
    connectedClusterCount === clusterCount ? 'all connected' : `${connectedClusterCount} connected`
  return [
    formatCount(clusterCount, 'cluster'),
    ...(clusterCount > 0 ? [connected] : []),
    formatCount(volumeCount, 'volume'),
  ].join(' · ')
}
