/** A group's name holds within its project; this one holds over all. Neither part can contain the `/`. */
export function groupKeyOf(project: string, group: string): string {
  return `${project}/${group}`
}

/** The group's name within its project. */
export function groupOfKey(key: string): string {
  return key.slice(key.indexOf('/') + 1)
}
