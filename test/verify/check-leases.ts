import type { Checked, Facts } from './facts.ts'

/**
 * Always: at rest nobody has a lease of anything, and what was worked on has a fencing number. Who looks whether a snapshot
 * still lingers has a lease for that moment.
 */
export function checkLeases({ records: { volumes, snapshots, now } }: Facts): Checked {
  const leased = [...volumes, ...snapshots]
  return {
    count: leased.length,
    faults: [
      ...leased
        .filter(
          ({ leasedUntil, state }) => leasedUntil !== null && leasedUntil > now && state !== 'LINGERING',
        )
        .map(({ id, leasedUntil }) => `${id} is leased until ${leasedUntil?.toISOString()}`),
      ...volumes
        .filter((each) => each.state === 'AVAILABLE' && each.adoptedAt === null && each.leaseNumber === 0n)
        .map(({ id }) => `${id} is AVAILABLE and nobody ever had a lease of it`),
    ],
  }
}
