import { canonicalAddress } from '../hosts/canonical-address.ts'
import { isHostAddress, MAX_ADDRESSES } from '../hosts/host-address.ts'
import type { HostId } from '../identity/ids.ts'
import type { InputIssues } from './input-issues.ts'

/** In one request; more can be attached by further ones. */
const MAX_HOSTS = 100

export function checkAddresses(issues: InputIssues, addresses: readonly string[]): void {
  const count = addresses.length
  issues.require(count <= MAX_ADDRESSES, 'addresses', `has ${count} entries`, `at most ${MAX_ADDRESSES}`)
  const before = new Set<string>()
  for (const [index, address] of addresses.entries()) {
    const field = `addresses.${index}`
    const isAddress = isHostAddress(address)
    issues.require(isAddress, field, `"${address.slice(0, 80)}" is no IP address`, 'an IPv4 or IPv6 address')
    const text = isAddress ? canonicalAddress(address) : address
    issues.require(!before.has(text), field, 'occurs twice', 'each address once')
    before.add(text)
  }
}

/** Absent: all that a volume has. */
export function checkHostIds(issues: InputIssues, hostIds: readonly HostId[] | undefined): void {
  const count = hostIds?.length ?? 1
  issues.require(count >= 1 && count <= MAX_HOSTS, 'hostIds', `has ${count} entries`, `1 to ${MAX_HOSTS}`)
  const isOnce = new Set(hostIds).size === (hostIds?.length ?? 0)
  issues.require(isOnce, 'hostIds', 'names a host twice', 'each host once')
}
