import { Button } from '@mantine/core'
import { Plus } from 'lucide-react'
import { formatCount } from '../format/format-count.ts'
import { useCanOperate } from '../session/use-can-operate.ts'
import { FailureNotice } from '../shell/failure-notice.tsx'
import { Loading } from '../shell/loading.tsx'
import { PageHeading } from '../shell/page-heading.tsx'
import { CreateVolumeDialog } from './create-volume-dialog.tsx'
import { Pager } from './pager.tsx'
import { useVolumes } from './use-volumes.ts'
import { useVolumesSearch } from './use-volumes-search.ts'
import { VolumeFilters } from './volume-filters.tsx'
import { VolumeTable } from './volume-table.tsx'
import type { VolumesSearch } from './volumes-search.ts'

/** The fleet's volumes, a page at a time. */
export function VolumesPage() {
  const { search, update } = useVolumesSearch()
  const { page, error, retry } = useVolumes(search)
  const canOperate = useCanOperate()
  const showCreate = (open: boolean) => update({ create: open || undefined })

  return (
    <>
      <PageHeading
        title="Volumes"
        summary={page && describeCount(page.totalCount, search)}
        actions={
          canOperate && (
            <Button
              size="sm"
              leftSection={<Plus size={16} aria-hidden="true" />}
              onClick={() => showCreate(true)}
            >
              Create volume
            </Button>
          )
        }
      />
      <VolumeFilters />
      {error && <FailureNotice title="The volumes could not be read" error={error} onRetry={retry} />}
      {!page && !error && <Loading what="the volumes" />}
      {page && <VolumeTable volumes={page.nodes} isFiltered={isFiltered(search)} />}
      {page && <Pager pageInfo={page.pageInfo} count={page.nodes.length} totalCount={page.totalCount} />}
      {search.create && <CreateVolumeDialog onClose={() => showCreate(false)} />}
    </>
  )
}

function describeCount(totalCount: number, search: VolumesSearch): string {
  return isFiltered(search) ? `${formatCount(totalCount, 'volume')} match` : formatCount(totalCount, 'volume')
}

function isFiltered({ q, state, cluster }: VolumesSearch): boolean {
  return Boolean(q || state || cluster)
}
