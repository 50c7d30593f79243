const MAPPED_IPV4 = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

/**
 * The one text of an address: as RFC 5952 writes it, and what is an IPv4 address in the form of an IPv6 one is that IPv4
 * address, which its packets come from.
 *
 * @param address as `isHostAddress` has it
 */
export function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address
  const text = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const mapped = MAPPED_IPV4.exec(text)
  if (!mapped) return text
  const pairs = mapped.slice(1).map((digits) => Number.parseInt(digits, 16))
  return pairs.flatMap((pair) => [pair >> 8, pair & 0xff]).join('.')
}
