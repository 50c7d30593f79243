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
 * AS_WANTED: nothing is left to do. CHANGE: the cluster has to be asked for `access`. FOREIGN: it admits hosts that we did
 * not let in, and what is wanted would lock them out or cannot be had beside them.
 */
export type AccessStep =
  | { readonly kind: 'AS_WANTED' }
  | { readonly kind: 'CHANGE'; readonly access: HostAccess }
  | { readonly kind: 'FOREIGN'; readonly message: string }

/**
 * What has to be asked of a cluster so that these hosts have a volume, decided from what it says now. Hosts that somebody
 * else has let in keep their place (design.md 3, rule 13).
 */
export function nextAccess(wanted: readonly WantedHost[], present: HostAccess): AccessStep {
  if (present.hostNqns === 'ANY') {
    return {
      kind: 'FOREIGN',
      message: 'the cluster admits every host to the volume; nobody here asked for that',
    }
  }
  const ours = new Set(wanted.map(({ nqn }) => nqn))
  const foreign = present.hostNqns.filter((nqn) => !ours.has(nqn))
  const admitted = wanted.filter(({ mode }) => mode !== null)
  if (foreign.length > 0 && admitted.some(({ mode }) => mode === 'EXCLUSIVE')) {
    const message = `the cluster admits ${foreign.join(', ')} to the volume, who was not attached here; an EXCLUSIVE attachment is not possible beside it`
    return { kind: 'FOREIGN', message }
  }
  const access = {
    hostNqns: inOrder([...foreign, ...admitted.map(({ nqn }) => nqn)]),
    addresses: foreign.length > 0 ? ('ANY' as const) : admittedAddresses(admitted),
  }
  return isSame(access.hostNqns, present.hostNqns) && isSame(access.addresses, present.addresses)
    ? { kind: 'AS_WANTED' }
    : { kind: 'CHANGE', access }
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

function inOrder(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort(compareText)
}

function isSame(a: HostAccess['addresses'], b: HostAccess['addresses']): boolean {
  if (a === 'ANY' || b === 'ANY') return a === b
  return a.length === b.length && a.every((text) => b.includes(text))
}
