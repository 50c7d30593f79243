import type { ClusterDriver } from '@flotilla/core/ports/cluster-driver'
import { lightosDriver } from './lightos/lightos-driver.ts'

const DRIVERS: readonly ClusterDriver[] = [lightosDriver]

/** Kinds of cluster that can join a fleet, as they are written in registrations. */
export const driverKinds: readonly string[] = DRIVERS.map(({ kind }) => kind)

/** The driver of a kind of cluster. Throws on a kind that this version does not have. */
export function driverFor(kind: string): ClusterDriver {
  const driver = DRIVERS.find((candidate) => candidate.kind === kind)
  if (!driver) throw new Error(`no driver for clusters of kind "${kind}"; known: ${driverKinds.join(', ')}`)
  return driver
}
