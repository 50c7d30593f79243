/** NVMe Base Specification 2.0, section 4.5: at most 223 bytes. */
const MAX_LENGTH = 223

/**
 * A date, the reverse domain of who owned it then, and a name of theirs. The specification allows any UTF-8 in that name;
 * we take what stands in a command line without quotes.
 */
const NVME_NAME =
  /^nqn\.\d{4}-(0[1-9]|1[0-2])\.[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*:[A-Za-z0-9._:-]+$/i
const UUID_PREFIX = 'nqn.2014-08.org.nvmexpress:uuid:'
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export const NVME_NAME_ALLOWED =
  'nqn.YYYY-MM.REVERSE.DOMAIN:NAME or nqn.2014-08.org.nvmexpress:uuid:UUID, at most 223 characters; after the colon letters, digits, ".", "_", ":" and "-"'

/** What is wrong with an NVMe qualified name; null for a good one. */
export function nvmeNameFault(name: string): string | null {
  if (name === '') return 'is empty'
  if (name.length > MAX_LENGTH) return `has ${name.length} characters`
  if (!NVME_NAME.test(name)) return `"${name.slice(0, 80)}" is no NVMe qualified name`
  const isBadUuid = name.startsWith(UUID_PREFIX) && !UUID.test(name.slice(UUID_PREFIX.length))
  return isBadUuid ? `"${name.slice(UUID_PREFIX.length)}" is no UUID` : null
}
