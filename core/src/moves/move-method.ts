import type { HeldVolume } from './held-volume.ts'

export const MOVE_METHODS = ['HOST_COPY', 'RECREATE'] as const

/** How a volume comes to another cluster, and why so. */
export interface MoveMethod {
  readonly kind: (typeof MOVE_METHODS)[number]
  /** For people. */
  readonly reason: string
}

const HOST_COPY: MoveMethod = {
  kind: 'HOST_COPY',
  reason:
    'clusters cannot copy to each other, and data never passes through Flotilla: a host that reaches both clusters copies it',
}
const RECREATE: MoveMethod = {
  kind: 'RECREATE',
  reason: 'its cluster no longer has it, so there is nothing to copy: it is made anew, empty',
}

export function moveMethod({ state }: Pick<HeldVolume, 'state'>): MoveMethod {
  return state === 'MISSING' ? RECREATE : HOST_COPY
}
