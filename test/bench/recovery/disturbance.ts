import { misbehave } from '../../chaos/faults.ts'
import type { RedisServer } from '../../testkit/redis.ts'
import type { Stack } from '../../testkit/stack.ts'

/** Something that goes wrong for a while. */
export interface Disturbance {
  readonly name: string
  begin(): Promise<void> | void
  heal(): Promise<void> | void
}

const nothing = (): void => {}
/** Of calls to each cluster, each kind of fault. */
const FAULTY_SHARE = 0.05

/** The first is none: the yardstick. */
export function disturbances(stack: Stack, redis: RedisServer): readonly Disturbance[] {
  const { fleet, server, worker } = stack
  const [first] = fleet.clusters
  if (!first) throw new Error('a fleet has clusters')
  const open = () => first.setConnectivity('open')
  return [
    { name: 'nothing', begin: nothing, heal: nothing },
    { name: 'Redis is emptied', begin: redis.flushAll, heal: nothing },
    { name: 'Redis is killed, and comes back empty', begin: redis.stop, heal: redis.restart },
    { name: 'a cluster refuses connections', begin: () => first.setConnectivity('refused'), heal: open },
    { name: 'a cluster says nothing', begin: () => first.setConnectivity('silent'), heal: open },
    {
      name: 'calls and answers are lost, late, refused',
      begin: () => misbehave(fleet.clusters, FAULTY_SHARE),
      heal: () => misbehave(fleet.clusters, 0),
    },
    {
      name: 'the worker is killed',
      begin: () => worker.stop('SIGKILL'),
      heal: () => worker.start().then(nothing),
    },
    {
      name: 'the server is killed',
      begin: () => server.stop('SIGKILL'),
      heal: () => server.start().then(nothing),
    },
    { name: 'the database is restarted', begin: () => stack.restartDatabase(), heal: nothing },
  ]
}
