import { CloudOff, Radio, RefreshCw } from 'lucide-react'
import type { LiveStatus } from '../graphql/follow-fleet-events.ts'
import { useLive } from '../graphql/live-context.tsx'
import styles from './connection-chip.module.css'

const WORDS: Record<LiveStatus, { word: string; title: string; icon: typeof Radio }> = {
  connecting: { word: 'Connecting', title: 'Opening the stream of changes', icon: RefreshCw },
  live: { word: 'Live', title: 'Changes arrive as they happen', icon: Radio },
  reconnecting: {
    word: 'Reconnecting',
    title: 'The stream was interrupted. Figures keep their age; changes since then will be caught up',
    icon: RefreshCw,
  },
  offline: {
    word: 'Offline',
    title: 'The server has not answered for a while. Figures keep their age; trying again',
    icon: CloudOff,
  },
}

/** Whether what is on the screen follows the fleet at this moment. */
export function ConnectionChip() {
  const { status } = useLive()
  const { word, title, icon: Icon } = WORDS[status]
  return (
    <output className={styles.chip} data-status={status} title={title} aria-label={`Connection: ${word}`}>
      <Icon size={14} aria-hidden="true" />
      <span className={styles.word}>{word}</span>
    </output>
  )
}
