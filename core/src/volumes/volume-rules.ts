import type { Volume } from './volume.ts'

export function canGrow(volume: Pick<Volume, 'state'>): boolean {
  return volume.state === 'AVAILABLE'
}

/** Whether its bytes are promised on its cluster; a deleted or failed one holds nothing there. */
export function isCharged(volume: Pick<Volume, 'state'>): boolean {
  return volume.state !== 'DELETED' && volume.state !== 'FAILED'
}
