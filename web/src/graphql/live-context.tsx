import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { useClient } from 'urql'
import { followFleetEvents, type LiveStatus } from './follow-fleet-events.ts'

/** Lists of volumes are asked for again at most this often, however fast volumes change. */
const LIST_REFRESH_MS = 2_000

interface Live {
  readonly status: LiveStatus
  /** Rises after volumes changed; what is listed, in which order, is then worth asking again. */
  readonly volumesRevision: number
}

const LiveContext = createContext<Live>({ status: 'connecting', volumesRevision: 0 })

export function useLive(): Live {
  return useContext(LiveContext)
}

/** Keeps the cache current for everything below it, by one subscription. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const client = useClient()
  const [status, setStatus] = useState<LiveStatus>('connecting')
  const [volumesRevision, setVolumesRevision] = useState(0)
  const refresh = useRef<ReturnType<typeof setTimeout>>(undefined)

  useEffect(() => {
    const stop = followFleetEvents(client, {
      onStatus: setStatus,
      onEvent: (event) => {
        if (event.__typename !== 'VolumeChanged' || refresh.current !== undefined) return
        refresh.current = setTimeout(() => {
          refresh.current = undefined
          setVolumesRevision((revision) => revision + 1)
        }, LIST_REFRESH_MS)
      },
    })
    return () => {
      stop()
      clearTimeout(refresh.current)
      refresh.current = undefined
    }
  }, [client])

  const live = useMemo(() => ({ status, volumesRevision }), [status, volumesRevision])
  return <LiveContext value={live}>{children}</LiveContext>
}
