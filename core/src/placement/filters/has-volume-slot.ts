import { type FiguresFilter, reject } from './filter.ts'

export const hasVolumeSlot: FiguresFilter = {
  name: 'VOLUME_COUNT',
  refuse({ figures: { volumeCount } }, { maxVolumesPerCluster }) {
    if (maxVolumesPerCluster === null || volumeCount < maxVolumesPerCluster) return null
    return reject(
      'TOO_MANY_VOLUMES',
      describeCount(volumeCount, maxVolumesPerCluster),
      `delete ${volumeCount - maxVolumesPerCluster + 1} of its volumes`,
    )
  },
  passes: ({ figures: { volumeCount } }, { maxVolumesPerCluster }) =>
    describeCount(volumeCount, maxVolumesPerCluster ?? 'any number'),
}

function describeCount(present: number, allowed: number | string): string {
  return `holds ${present} volumes, ${typeof allowed === 'number' ? `at most ${allowed}` : allowed} allowed`
}
