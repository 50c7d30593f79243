const ALLOWED = /[^A-Za-z0-9._-]+/g
const MAX_LENGTH = 253

/** A valid name of ours for a volume that has another on its cluster: the same where it can be. */
export function defaultVolumeName(backendName: string): string {
  return backendName.replace(ALLOWED, '-').slice(0, MAX_LENGTH) || 'volume'
}

/** The same, for when that is taken: told apart by the cluster's id. */
export function distinctVolumeName(backendName: string, backendId: string): string {
  const suffix = `-${backendId.replace(ALLOWED, '').slice(0, 8)}`
  return defaultVolumeName(backendName).slice(0, MAX_LENGTH - suffix.length) + suffix
}
