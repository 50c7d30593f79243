import { useQuery } from 'urql'
import { errorHeading } from '../operations/operation-words.ts'
import { VolumeDocument } from './volume-documents.ts'
import styles from './volume-progress.module.css'
import { VolumeState } from './volume-state.tsx'

/** How far a new volume is: asked for, being made, there. Follows the volume as events come in. */
export function VolumeProgress({ id }: { readonly id: string }) {
  const [{ data }] = useQuery({ query: VolumeDocument, variables: { id } })
  const volume = data?.volume
  if (!volume) return null
  const operation = volume.operations.nodes.at(-1)
  const fault = operation?.error ?? operation?.attempts[0]?.error
  const isThere = volume.state !== 'CREATING' && volume.state !== 'FAILED'
  const steps = [
    { word: 'Requested', isDone: true },
    { word: `Creating on ${volume.cluster.name}`, isDone: isThere },
    { word: 'Available', isDone: isThere },
  ]

  return (
    <div role="status" className={styles.progress}>
      <ol className={styles.steps} aria-label="Progress">
        {steps.map(({ word, isDone }) => (
          <li key={word} data-done={isDone || undefined}>
            {word}
          </li>
        ))}
      </ol>
      <VolumeState state={volume.state} />
      {!isThere && fault && (
        <p className={styles.fault}>
          {errorHeading(fault.code)}: {fault.message}
        </p>
      )}
    </div>
  )
}
