import { createPlaces, type Places } from './places.ts'

/**
 * How many clusters this process asks at once. Beyond it polls wait here, instead of being sent all together and running out
 * of time together. Clusters that have failed lately have places of their own: one that hangs for its whole time keeps
 * others that hang waiting, and none that answers.
 */
export interface PollPlaces {
  /** @param failures how many polls of the cluster before this one have failed, one after the other */
  of(failures: number): Places
}

const FOR_ANSWERING = 48
const FOR_FAILING = 16

export function createPollPlaces(): PollPlaces {
  const answering = createPlaces(FOR_ANSWERING)
  const failing = createPlaces(FOR_FAILING)
  return { of: (failures) => (failures > 0 ? failing : answering) }
}
