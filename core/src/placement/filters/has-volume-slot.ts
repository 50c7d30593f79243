import { type FiguresFilter, reject } from './filter.ts'

export const hasVolumeSlot: FiguresFilter = ({ figures }, { maxVolumesPerCluster }) => {
  if (maxVolumesPerCluster === null || figures.volumeCount < maxVolumesPerCluster) return null
  return reject(
    'TOO_MANY_VOLUMES',
    `holds ${figures.volumeCount} volumes, at most ${maxVolumesPerCluster} allowed`,
    `delete ${figures.volumeCount - maxVolumesPerCluster + 1} of its volumes`,
  )
}
