import { CircleAlert, CircleCheck, CircleDashed, CircleSlash, CircleX, LoaderCircle } from 'lucide-react'
import { StateWord } from '../figures/state-word.tsx'
import type { Operation } from './operation-fields.ts'
import { OPERATION_STATE_WORDS } from './operation-words.ts'

const LOOKS = {
  PENDING: { tone: 'idle', icon: CircleDashed },
  RUNNING: { tone: 'busy', icon: LoaderCircle },
  SUCCEEDED: { tone: 'ok', icon: CircleCheck },
  PARTIAL: { tone: 'bad', icon: CircleAlert },
  FAILED: { tone: 'bad', icon: CircleX },
  CANCELLED: { tone: 'idle', icon: CircleSlash },
} as const

export function OperationState({ state }: Pick<Operation, 'state'>) {
  return <StateWord word={OPERATION_STATE_WORDS[state]} {...LOOKS[state]} />
}
