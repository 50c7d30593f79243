import { Button } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { OperationList } from '../operations/operation-list.tsx'
import { useCanOperate } from '../session/use-can-operate.ts'
import { FailureNotice } from '../shell/failure-notice.tsx'
import { Loading } from '../shell/loading.tsx'
import { PageHeading } from '../shell/page-heading.tsx'
import { DecisionTable } from './decision-table.tsx'
import { DeleteVolumeDialog } from './delete-volume-dialog.tsx'
import { ResizeVolumeDialog } from './resize-volume-dialog.tsx'
import { useVolume } from './use-volume.ts'
import type { VolumeDetail } from './volume-documents.ts'
import styles from './volume-page.module.css'
import { VolumeState } from './volume-state.tsx'
import { WantedAndObserved } from './wanted-and-observed.tsx'

/** One volume: what is wanted, what is there, why it is where it is, and all that was done to it. */
export function VolumePage() {
  const { id } = useParams({ from: '/volumes/$id' })
  const { volume, error, retry } = useVolume(id)

  return (
    <>
      <nav aria-label="Breadcrumb" className={styles.back}>
        <Link to="/volumes">Volumes</Link>
      </nav>
      {error && <FailureNotice title="The volume could not be read" error={error} onRetry={retry} />}
      {volume === undefined && !error && <Loading what="the volume" />}
      {volume === null && <PageHeading title="No such volume" summary={`There is no volume ${id}.`} />}
      {volume && <VolumeBody volume={volume} />}
    </>
  )
}

function VolumeBody({ volume }: { readonly volume: VolumeDetail }) {
  const [dialog, setDialog] = useState<'resize' | 'delete' | null>(null)
  const canOperate = useCanOperate()
  const isGone = volume.state === 'DELETED' || volume.state === 'DELETING' || volume.state === 'RELEASED'
  return (
    <>
      <PageHeading
        title={volume.name}
        summary={
          <span className={styles.summary}>
            <VolumeState state={volume.state} /> on {volume.cluster.name}
          </span>
        }
        actions={
          canOperate && (
            <>
              <Button
                variant="default"
                disabled={volume.state !== 'AVAILABLE'}
                onClick={() => setDialog('resize')}
              >
                Resize
              </Button>
              <Button
                variant="default"
                c={isGone ? undefined : 'var(--bad)'}
                disabled={isGone}
                onClick={() => setDialog('delete')}
              >
                Delete
              </Button>
            </>
          )
        }
      />
      <section aria-labelledby="states" className={styles.section}>
        <h2 id="states">Wanted and observed</h2>
        <WantedAndObserved volume={volume} />
      </section>
      <section aria-labelledby="placement" className={styles.section}>
        <h2 id="placement">Placement</h2>
        {volume.placementDecision ? (
          <DecisionTable decision={volume.placementDecision} />
        ) : (
          <p>It was adopted: nobody has chosen its cluster.</p>
        )}
      </section>
      <section aria-labelledby="operations" className={styles.section}>
        <h2 id="operations">Operations</h2>
        <OperationList operations={volume.operations.nodes} />
      </section>
      {dialog === 'resize' && <ResizeVolumeDialog volume={volume} onClose={() => setDialog(null)} />}
      {dialog === 'delete' && <DeleteVolumeDialog volume={volume} onClose={() => setDialog(null)} />}
    </>
  )
}
