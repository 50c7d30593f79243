import { Simulation, type SimulationOptions, type SimulationResult } from './simulation.ts'

/** Worlds that take turns: the way round JavaScript's own queue, which each event needs, is then paid once for all. */
const SIDE_BY_SIDE = 32

/** Runs a world for each seed; each is told of when it has come to its end, in the order in which they do. */
export async function runSeeds(
  seeds: Iterable<number>,
  onResult: (result: SimulationResult) => void,
  options: SimulationOptions = {},
  sideBySide = SIDE_BY_SIDE,
): Promise<void> {
  const waiting = seeds[Symbol.iterator]()
  let running: Simulation[] = []
  for (;;) {
    while (running.length < sideBySide) {
      const next = waiting.next()
      if (next.done) break
      running.push(new Simulation(next.value, options))
    }
    if (running.length === 0) return
    for (const each of running) each.step()
    await new Promise(setImmediate)
    const ended = running.filter(({ isDone }) => isDone)
    if (ended.length === 0) continue
    for (const each of ended) onResult(each.result())
    running = running.filter(({ isDone }) => !isDone)
  }
}
