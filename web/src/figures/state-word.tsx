import type { LucideIcon } from 'lucide-react'
import styles from './state-word.module.css'

export type Tone = 'ok' | 'warn' | 'bad' | 'idle' | 'busy'

interface StateWordProps {
  readonly word: string
  readonly tone: Tone
  readonly icon: LucideIcon
}

/** A state as word, icon and colour; none of the three says more than the word. */
export function StateWord({ word, tone, icon: Icon }: StateWordProps) {
  return (
    <span className={styles.word} data-tone={tone}>
      <Icon size={15} aria-hidden="true" />
      {word}
    </span>
  )
}
