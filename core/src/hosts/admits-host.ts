import type { Host } from './host.ts'
import type { HostAccess } from './host-access.ts'

/** Whether a host passes both lists, from wherever it may come. */
export function admitsHost(
  { hostNqns, addresses: admitted }: HostAccess,
  { nqn, addresses }: Pick<Host, 'nqn' | 'addresses'>,
): boolean {
  const isNamed = hostNqns === 'ANY' || hostNqns.includes(nqn)
  if (!isNamed || admitted === 'ANY') return isNamed
  return addresses.length > 0 && addresses.every((address) => admitted.includes(address))
}
