import { VolumeAttachedError } from '../errors.ts'
import type { HostId, VolumeId } from '../identity/ids.ts'
import type { HostAccess } from './host-access.ts'

/** Who may read and write a volume, as far as we know. */
export interface VolumeHosts {
  /** Those that are attached. One that is being detached has it until the cluster has confirmed that. */
  readonly hostIds: readonly HostId[]
  /** NQNs that its cluster admits besides, whoever let them in. */
  readonly foreignNqns: HostAccess['hostNqns']
}

/** @param access as last seen; null where it was not, and then nobody besides is known */
export function volumeHosts(
  attached: readonly { readonly hostId: HostId; readonly nqn: string }[],
  access: HostAccess | null,
): VolumeHosts {
  const seen = access?.hostNqns ?? []
  const ours = new Set(attached.map(({ nqn }) => nqn))
  return {
    hostIds: attached.map(({ hostId }) => hostId),
    foreignNqns: seen === 'ANY' ? seen : seen.filter((nqn) => !ours.has(nqn)),
  }
}

/** The refusal of what would take a volume from under its hosts; null where it has none. */
export function attachedFault(
  id: VolumeId,
  { hostIds, foreignNqns }: VolumeHosts,
  remedy: string,
): VolumeAttachedError | null {
  const attached = hostIds.length > 0 ? [`is attached to ${hostIds.join(', ')}`] : []
  const admitted =
    foreignNqns === 'ANY' || foreignNqns.length > 0
      ? [
          `its cluster admits ${foreignNqns === 'ANY' ? 'every host' : foreignNqns.join(', ')} to it, without an attachment here`,
        ]
      : []
  const holders = [...attached, ...admitted]
  if (holders.length === 0) return null
  return new VolumeAttachedError(hostIds, `${id}: ${holders.join('; ')}; ${remedy}`, foreignNqns)
}
