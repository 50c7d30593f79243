import { useEffect, useRef } from 'react'
import { useQuery } from 'urql'
import { VolumeDocument } from './volume-documents.ts'

/** One volume with all that is known of it; nothing yet while it is asked for, null when there is none. */
export function useVolume(id: string) {
  const [{ data, error }, refetch] = useQuery({ query: VolumeDocument, variables: { id } })
  const volume = data?.volume
  const state = volume && `${volume.updatedAt} ${volume.latestOperation?.id}`

  // An event brings what lists show of a volume. The rest would stay as it was: it is asked for with each new state.
  const shown = useRef({ id: '', state })
  const shownId = volume?.id
  useEffect(() => {
    if (shownId === undefined) return
    const isOther = shown.current.id === shownId && shown.current.state !== state
    shown.current = { id: shownId, state }
    if (isOther) refetch({ requestPolicy: 'network-only' })
  }, [shownId, state, refetch])

  return { volume, error, retry: () => refetch({ requestPolicy: 'network-only' }) }
}
