/** A hash of everything that was noted, in order (FNV-1a, 32 bits, twice from different beginnings). */
export class TraceHash {
  #a = 0x811c9dc5
  #b = 0x01234567

  add(line: string): void {
    for (let index = 0; index < line.length; index++) {
      const code = line.charCodeAt(index)
      this.#a = Math.imul(this.#a ^ code, 0x01000193)
      this.#b = Math.imul(this.#b ^ code, 0x01000193)
    }
  }

  toString(): string {
    return [this.#a, this.#b].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('')
  }
}
