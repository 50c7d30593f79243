/** The fields by which volumes and snapshots are found by name. */
export interface NamedRecord {
  readonly uuid: string
  readonly name: string
  readonly projectName: string
  readonly state: string
}

/** Names are unique per project among what has not failed; a failed husk gives its name up to the next owner. */
export class NameIndex {
  readonly #uuidByName = new Map<string, string>()

  replace(previous: NamedRecord | undefined, next: NamedRecord | undefined): void {
    if (previous) this.#release(previous)
    if (next) this.#claim(next)
  }

  /** The uuid of the object of this name: the live one, else the last failed one that nobody replaced. */
  find(projectName: string, name: string): string | undefined {
    return this.#uuidByName.get(keyOf(projectName, name))
  }

  #release(record: NamedRecord): void {
    const key = keyOf(record.projectName, record.name)
    if (this.#uuidByName.get(key) === record.uuid) this.#uuidByName.delete(key)
  }

  #claim(record: NamedRecord): void {
    const key = keyOf(record.projectName, record.name)
    if (record.state === 'Failed' && this.#uuidByName.has(key)) return
    this.#uuidByName.set(key, record.uuid)
  }
}

function keyOf(projectName: string, name: string): string {
  return `${projectName}/${name}`
}
