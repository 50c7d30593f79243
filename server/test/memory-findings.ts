import { NotFoundError } from '@flotilla/core/errors'
import type { FleetCommands } from '@flotilla/core/ports/fleet-commands'
import type { FleetReader } from '@flotilla/core/ports/fleet-reader'

/** A fleet about which nothing was found. */
export const noFindings: Pick<FleetReader, 'findingsByIds' | 'listFindings' | 'observedPicturesByVolumeIds'> =
  {
    observedPicturesByVolumeIds: async (ids) => ids.map(() => null),
    findingsByIds: async (ids) => ids.map(() => null),
    listFindings: async () => ({ items: [], cursors: [], hasNextPage: false, totalCount: 0 }),
  }

type FindingCommands = Pick<
  FleetCommands,
  'adoptVolumes' | 'ignoreFinding' | 'recreateVolume' | 'forgetVolume'
>

/** What is asked about findings in a fleet that has none. */
export function findingCommands(note: (method: string, input: unknown) => void): FindingCommands {
  const refuse = (method: string) => async (input: unknown) => {
    note(method, input)
    throw new NotFoundError('there is nothing found', ['input', 'id'])
  }
  return {
    adoptVolumes: refuse('adoptVolumes'),
    ignoreFinding: refuse('ignoreFinding'),
    recreateVolume: refuse('recreateVolume'),
    forgetVolume: refuse('forgetVolume'),
  }
}
