/** FNV-1a over both ids, 32 bits: spreads equal clusters over volumes, and is the same on every machine. */
export function tieBreak(volumeId: string, clusterId: string): number {
  let hash = 0x811c9dc5
  for (const text of [volumeId, '/', clusterId]) {
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0
    }
  }
  return hash
}
