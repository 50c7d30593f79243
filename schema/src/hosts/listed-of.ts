import type { HostAccess } from '@flotilla/core/hosts/host-access'

/** The entries of a list; none where it admits all. */
export function listedOf(list: HostAccess['hostNqns']): string[] {
  return list === 'ANY' ? [] : [...list]
}
