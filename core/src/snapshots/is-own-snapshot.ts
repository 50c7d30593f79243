import type { BackendSnapshot } from './backend-snapshot.ts'

/**
 * Whether what has the name of a snapshot of ours on its cluster is that one: by the cluster's id where it is on record, else
 * by the volume that it was taken of. Where not even that is known, nobody else can have been told the name. One that is deleted
 * while it may come a second time has no id on record any more.
 */
export function isOwnSnapshot(
  {
    backendId,
    volumeBackendId,
  }: { readonly backendId: string | null; readonly volumeBackendId: string | null },
  found: Pick<BackendSnapshot, 'backendId' | 'volumeId'>,
): boolean {
  if (backendId !== null) return found.backendId === backendId
  return volumeBackendId === null || found.volumeId === volumeBackendId
}
