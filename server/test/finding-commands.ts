import { NotFoundError } from '@flotilla/core/errors'
import type { FleetCommands } from '@flotilla/core/ports/fleet-commands'

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
