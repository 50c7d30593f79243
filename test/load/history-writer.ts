import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { HistoryLine } from '../verify/history.ts'

/** Where clients keep what they were answered. */
export interface HistoryWriter {
  add(line: HistoryLine): void
  /** Resolves when all that was added is in the file. */
  close(): Promise<void>
}

export const NO_HISTORY: HistoryWriter = { add: () => {}, close: async () => {} }

/** One line for each, in a file that is begun anew. */
export function writeHistory(file: string): HistoryWriter {
  const stream = createWriteStream(file)
  const written = finished(stream)
  written.catch(() => {})
  return {
    add: (line) => void stream.write(`${JSON.stringify(line)}\n`),
    close() {
      stream.end()
      return written
    },
  }
}

/** For who checks it in the same process. */
export function keepHistory(): HistoryWriter & { readonly lines: readonly HistoryLine[] } {
  const lines: HistoryLine[] = []
  return { lines, add: (line) => void lines.push(line), close: async () => {} }
}
