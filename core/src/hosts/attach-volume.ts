import {
  type DomainError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
  VolumeAttachedError,
} from '../errors.ts'
import type { HostId } from '../identity/ids.ts'
import type { Volume } from '../volumes/volume.ts'
import type { Attachment, AttachmentMode } from './attachment.ts'
import type { Host } from './host.ts'
import { MAX_ADDRESSES } from './host-address.ts'
import { addressesFit, nextAccess, type WantedHost } from './next-access.ts'

/** The attachments of a volume that change; those of other hosts stay as they are. */
export interface AttachmentChange {
  readonly attachments: readonly Pick<Attachment, 'hostId' | 'wantedMode' | 'confirmedMode'>[]
  /** Whether its cluster has a part in it; if not, it is done with its commit. */
  readonly asksCluster: boolean
}

/** A host that is attached, with what it takes to admit it. */
export type AttachedHost = Pick<Attachment, 'hostId' | 'wantedMode' | 'confirmedMode'> &
  Pick<Host, 'nqn' | 'addresses'>

/**
 * The attachments as asked for, or why they may not be so.
 *
 * @param force whether hosts that others have let in are to lose it, so that its cluster is asked in any case
 */
export function attachHosts(
  volume: Volume,
  present: readonly AttachedHost[],
  hosts: readonly Pick<Host, 'id' | 'nqn' | 'addresses'>[],
  mode: AttachmentMode,
  force = false,
): AttachmentChange | DomainError {
  const fault = attachStateFault(volume)
  if (fault) return fault
  if (mode === 'EXCLUSIVE' && hosts.length > 1) {
    return invalidHosts(`names ${hosts.length} hosts`, 'one host, or mode SHARED')
  }
  const named = new Set(hosts.map(({ id }) => id))
  const others = present.filter(({ hostId }) => !named.has(hostId))
  if (others.length > 0 && (mode === 'EXCLUSIVE' || others.some((each) => each.wantedMode === 'EXCLUSIVE'))) {
    const remedy =
      mode === 'EXCLUSIVE'
        ? 'detach it first, or ask for mode SHARED where several hosts may write side by side'
        : 'that is EXCLUSIVE; detach it first, or name it as well, so that all share it'
    const otherIds = others.map(({ hostId }) => hostId)
    return new VolumeAttachedError(otherIds, `${volume.id} is attached to ${otherIds.join(', ')}; ${remedy}`)
  }
  if (!addressesFit([...others, ...hosts])) {
    return invalidHosts('bring more addresses than a cluster can list', `together at most ${MAX_ADDRESSES}`)
  }
  const added = hosts.map(({ id }) => ({
    hostId: id,
    confirmedMode: present.find(({ hostId }) => hostId === id)?.confirmedMode ?? null,
  }))
  const isConfirmed = added.every(({ confirmedMode }) => confirmedMode !== null)
  const wanted = [...others, ...hosts].map(({ nqn, addresses }) => ({ nqn, addresses, mode }))
  const asksCluster = force || !isConfirmed || !isSeen(volume, wanted)
  const attachments = [...others, ...added].map(({ hostId, confirmedMode }) => ({
    hostId,
    wantedMode: mode,
    confirmedMode: asksCluster ? confirmedMode : mode,
  }))
  return { attachments, asksCluster }
}

/**
 * All of a volume's hosts are detached when none is named. One that is not attached is detached already.
 *
 * @param force whether hosts that others have let in are to lose it as well, so that its cluster is asked in any case
 */
export function detachHosts(
  volume: Volume,
  present: readonly AttachedHost[],
  hostIds: readonly HostId[] | null,
  force = false,
): AttachmentChange | DomainError {
  const fault = attachStateFault(volume)
  if (fault) return fault
  const leaving = present.filter(({ hostId }) => hostIds?.includes(hostId) ?? true)
  const attachments = leaving.map((each) => ({ ...each, wantedMode: null }))
  return { attachments, asksCluster: force || leaving.length > 0 }
}

/** By the cluster's last word, where there is one: who was locked out there is let in again. */
function isSeen({ observed }: Volume, hosts: readonly WantedHost[]): boolean {
  const access = observed?.access
  return !access || nextAccess({ hosts, change: 'BESIDE', written: null }, access).kind === 'AS_WANTED'
}

/** One thing at a time is asked of a volume's cluster. */
function attachStateFault({ id, state }: Volume): DomainError | null {
  if (state === 'DELETED') return new NotFoundError(`${id} has been deleted`, ['input', 'id'])
  if (state === 'AVAILABLE') return null
  const message = `${id} is ${state}; hosts are attached to and detached from an AVAILABLE volume`
  return new InvalidStateError(message, ['input', 'id'])
}

function invalidHosts(message: string, allowed: string): InvalidInputError {
  return new InvalidInputError([{ path: ['input', 'hostIds'], message, allowed }])
}
