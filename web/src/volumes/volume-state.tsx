import { CircleCheck, CircleHelp, CircleSlash, CircleX, LoaderCircle } from 'lucide-react'
import { StateWord } from '../figures/state-word.tsx'
import type { Volume } from './volume-fields.ts'

export const VOLUME_STATE_WORDS: Record<Volume['state'], string> = {
  CREATING: 'Creating',
  AVAILABLE: 'Available',
  RESIZING: 'Resizing',
  UPDATING: 'Updating',
  RESTORING: 'Restoring',
  DELETING: 'Deleting',
  DELETED: 'Deleted',
  FAILED: 'Failed',
  MISSING: 'Missing',
  RELEASED: 'Released',
}

const LOOKS = {
  CREATING: { tone: 'busy', icon: LoaderCircle },
  AVAILABLE: { tone: 'ok', icon: CircleCheck },
  RESIZING: { tone: 'busy', icon: LoaderCircle },
  UPDATING: { tone: 'busy', icon: LoaderCircle },
  RESTORING: { tone: 'busy', icon: LoaderCircle },
  DELETING: { tone: 'busy', icon: LoaderCircle },
  DELETED: { tone: 'idle', icon: CircleSlash },
  FAILED: { tone: 'bad', icon: CircleX },
  MISSING: { tone: 'bad', icon: CircleHelp },
  RELEASED: { tone: 'idle', icon: CircleSlash },
} as const

export function VolumeState({ state }: Pick<Volume, 'state'>) {
  return <StateWord word={VOLUME_STATE_WORDS[state]} {...LOOKS[state]} />
}
