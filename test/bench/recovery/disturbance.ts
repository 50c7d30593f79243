import { misbehave } from '../../chaos/faults.ts'
import type { RedisServer } from '../../testkit/redis.ts'
import type { Stack } from '../../testkit/stack.ts'

/** What a disturbance may come to, in seconds, on a machine that has nothing else to do. */
export interface Bounds {
  /** Row R1 of the fault matrix. */
  readonly slowestChange?: number
  /** Rule 9. */
  readonly recordsEqual?: number
}

/** Something that goes wrong for a while. */
export interface Disturbance {
  readonly name: string
  readonly bounds: Bounds
  begin(): Promise<void> | void
  heal(): Promise<void> | void
}

const nothing = (): void => {}
/** Of calls to each cluster, each kind of fault. */
const FAULTY_SHARE = 0.05

/** Two poll intervals of 10 s, and a call's time-out. */
const CONVERGED = 25
/** Of a killed worker. */
const LEASE = 30
const R1 = 15

/** The first is none: the yardstick. */
export function disturbances(stack: Stack, redis: RedisServer): readonly Disturbance[] {
  const { fleet, server, worker } = stack
  const [first] = fleet.clusters
  if (!first) throw new Error('a fleet has clusters')
  const open = () => first.setConnectivity('open')
  return [
    { name: 'nothing', bounds: { recordsEqual: CONVERGED }, begin: nothing, heal: nothing },
    {
      name: 'Redis is emptied',
      bounds: { slowestChange: R1, recordsEqual: CONVERGED },
      begin: redis.flushAll,
      heal: nothing,
    },
    {
      name: 'Redis is killed, and comes back empty',
      bounds: { slowestChange: R1, recordsEqual: CONVERGED },
      begin: redis.stop,
      heal: redis.restart,
    },
    {
      name: 'a cluster refuses connections',
      bounds: { recordsEqual: CONVERGED },
      begin: () => first.setConnectivity('refused'),
      heal: open,
    },
    {
      name: 'a cluster says nothing',
      bounds: { recordsEqual: CONVERGED },
      begin: () => first.setConnectivity('silent'),
      heal: open,
    },
    {
      name: 'calls and answers are lost, late, refused',
      bounds: { recordsEqual: CONVERGED },
      begin: () => misbehave(fleet.clusters, FAULTY_SHARE),
      heal: () => misbehave(fleet.clusters, 0),
    },
    {
      name: 'the worker is killed',
      bounds: { recordsEqual: LEASE + CONVERGED },
      begin: () => worker.stop('SIGKILL'),
      heal: () => worker.start().then(nothing),
    },
    {
      name: 'the server is killed',
      bounds: { recordsEqual: CONVERGED },
      begin: () => server.stop('SIGKILL'),
      heal: () => server.start().then(nothing),
    },
    {
      name: 'the database is restarted',
      bounds: { recordsEqual: CONVERGED },
      begin: () => stack.restartDatabase(),
      heal: nothing,
    },
  ]
}
