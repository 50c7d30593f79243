import { createPlaces, type Places } from './places.ts'

/** How many of some clusters are asked at once, and how many of them for their inventories, which need memory. */
export interface PollLane {
  readonly polls: Places
  readonly inventories: Places
}

/**
 * How many clusters this process asks at once. Beyond it polls wait here, instead of being sent all together and running out
 * of time together. Clusters that have failed lately have places of their own: one that hangs for its whole time keeps
 * others that hang waiting, and none that answers. Whoever is asked waits for no place for an inventory meanwhile: a slow inventory is no failure, and
 * a few of them would keep everybody waiting.
 */
export interface PollPlaces {
  /** @param failures how many polls of the cluster before this one have failed, one after the other */
  of(failures: number): PollLane
}

export function createPollPlaces(): PollPlaces {
  const answering = { polls: createPlaces(48), inventories: createPlaces(12) }
  const failing = { polls: createPlaces(16), inventories: createPlaces(4) }
  return { of: (failures) => (failures > 0 ? failing : answering) }
}
