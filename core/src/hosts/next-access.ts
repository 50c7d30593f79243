import { compareText } from '../placement/compare-text.ts'
import type { AttachmentMode } from './attachment.ts'
import type { HostAccess } from './host-access.ts'
import { MAX_ADDRESSES } from './host-address.ts'

/** A host that is to be admitted (`mode`), or no longer (null). */
export interface WantedHost {
  readonly nqn: string
  readonly addresses: readonly string[]
  readonly mode: AttachmentMode | null
}

/**
 * What becomes of hosts that somebody else has let in. BESIDE: they stay, and what cannot be had beside them is refused. ALONE:
 * they lose the volume. AS_WRITTEN: they stay, our hosts are let in again, and a list that was opened to everybody is closed.
 */
export type AccessChange = 'BESIDE' | 'ALONE' | 'AS_WRITTEN'

/** The access that a volume is to have. */
export interface WantedAccess {
  readonly hosts: readonly WantedHost[]
  readonly change: AccessChange
  /** As we last made it and its cluster confirmed, or as it was adopted; null where that is not known. */
  readonly written: HostAccess | null
}

/**
 * AS_WANTED: nothing is left to do. CHANGE: the cluster has to be asked for `access`. FOREIGN: it admits hosts that we did
 * not let in, and what is wanted would lock them out or cannot be had beside them.
 */
export type AccessStep =
  | { readonly kind: 'AS_WANTED' }
  | { readonly kind: 'CHANGE'; readonly access: HostAccess }
  | { readonly kind: 'FOREIGN'; readonly message: string }

/**
 * What has to be asked of a cluster so that these hosts have a volume, decided from what it says now. Hosts that somebody
 * else has let in keep their place unless they are to lose it (design.md 3, rule 13).
 */
export function nextAccess(wanted: WantedAccess, present: HostAccess): AccessStep {
  const access = accessAfter(wanted, present)
  if (typeof access === 'string') return { kind: 'FOREIGN', message: access }
  return isSameAccess(access, present) ? { kind: 'AS_WANTED' } : { kind: 'CHANGE', access }
}

/**
 * What of the access that a cluster shows after a change is our making: hosts that were let in meanwhile are not, so that they
 * are still seen to differ.
 */
export function writtenAccess({ hosts, change, written }: WantedAccess, seen: HostAccess): HostAccess {
  if (change === 'AS_WRITTEN') return written ?? seen
  if (seen.hostNqns === 'ANY' || !written || written.hostNqns === 'ANY') return seen
  const admitted = hosts.filter(({ mode }) => mode !== null)
  const ours = new Set(admitted.map(({ nqn }) => nqn))
  const before = new Set(written.hostNqns)
  const hostNqns = seen.hostNqns.filter((nqn) => ours.has(nqn) || before.has(nqn))
  const isOursAlone = hostNqns.every((nqn) => ours.has(nqn))
  return { hostNqns, addresses: isOursAlone ? admittedAddresses(admitted) : seen.addresses }
}

/** ANY as soon as one of the hosts may come from anywhere: a cluster's list cannot tell which host an address is of. */
export function admittedAddresses(
  admitted: readonly Pick<WantedHost, 'addresses'>[],
): HostAccess['addresses'] {
  const isOpen = admitted.length === 0 || admitted.some(({ addresses }) => addresses.length === 0)
  return isOpen ? 'ANY' : inOrder(admitted.flatMap(({ addresses }) => addresses))
}

/** Whether a cluster can hold the addresses of all of them. */
export function addressesFit(admitted: readonly Pick<WantedHost, 'addresses'>[]): boolean {
  return admittedAddresses(admitted).length <= MAX_ADDRESSES
}

/** In words why not, where it cannot be so. */
function accessAfter({ hosts, change, written }: WantedAccess, present: HostAccess): HostAccess | string {
  const ours = new Set(hosts.map(({ nqn }) => nqn))
  const admitted = hosts.filter(({ mode }) => mode !== null)
  const nqns = admitted.map(({ nqn }) => nqn)
  switch (change) {
    case 'ALONE':
      return { hostNqns: inOrder(nqns), addresses: admittedAddresses(admitted) }
    case 'AS_WRITTEN':
      return written ? putBack(nqns, written, present) : present
    case 'BESIDE': {
      if (present.hostNqns === 'ANY')
        return 'the cluster admits every host to the volume; nobody here asked for that. Ask with force: true to close it to all but the hosts that are attached here'
      const foreign = present.hostNqns.filter((nqn) => !ours.has(nqn))
      if (foreign.length > 0 && admitted.some(({ mode }) => mode === 'EXCLUSIVE'))
        return `the cluster admits ${foreign.join(', ')} to the volume, who was not attached here; an EXCLUSIVE attachment is not possible beside it. Ask with force: true to lock it out`
      const addresses =
        foreign.length > 0 ? besideForeign(admitted, present.addresses) : admittedAddresses(admitted)
      if (addresses.length > MAX_ADDRESSES)
        return `the cluster admits ${foreign.join(', ')} to the volume, who was not attached here, and cannot list more than ${MAX_ADDRESSES} addresses together with those of the hosts that are. Ask with force: true to lock it out`
      return { hostNqns: inOrder([...foreign, ...nqns]), addresses }
    }
  }
}

/** Whoever somebody else has let in may need any address that stands there, and needs no other. */
function besideForeign(
  admitted: readonly WantedHost[],
  present: HostAccess['addresses'],
): HostAccess['addresses'] {
  return admitted.length === 0 ? present : together(present, admittedAddresses(admitted))
}

/**
 * Nobody who was let in by name loses the volume, and nobody is let in again but our own hosts. The addresses that were
 * written are of those who were, so to others they say nothing.
 */
function putBack(ours: readonly string[], written: HostAccess, present: HostAccess): HostAccess {
  if (written.hostNqns === 'ANY') return present
  const kept = present.hostNqns === 'ANY' ? written.hostNqns : present.hostNqns
  const hostNqns = inOrder([...kept, ...ours])
  const before = new Set([...written.hostNqns, ...ours])
  if (hostNqns.every((nqn) => before.has(nqn))) return { hostNqns, addresses: written.addresses }
  const isForeignAlone = !hostNqns.some((nqn) => before.has(nqn))
  return {
    hostNqns,
    addresses: isForeignAlone ? present.addresses : together(written.addresses, present.addresses),
  }
}

function together(a: HostAccess['addresses'], b: HostAccess['addresses']): HostAccess['addresses'] {
  return a === 'ANY' || b === 'ANY' ? 'ANY' : inOrder([...a, ...b])
}

function inOrder(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort(compareText)
}

function isSameAccess(a: HostAccess, b: HostAccess): boolean {
  return isSame(a.hostNqns, b.hostNqns) && isSame(a.addresses, b.addresses)
}

function isSame(a: HostAccess['addresses'], b: HostAccess['addresses']): boolean {
  if (a === 'ANY' || b === 'ANY') return a === b
  return a.length === b.length && a.every((text) => b.includes(text))
}
