import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { HistoryLine } from './history.ts'

/** Reads what clients kept, in their order. A last line that a kill cut off is left out. @throws as reading a file does */
export async function readHistory(file: string): Promise<readonly HistoryLine[]> {
  const lines: HistoryLine[] = []
  let cutOff: string | null = null
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    if (cutOff !== null) throw new Error(`${file}: "${cutOff.slice(0, 80)}" is no line of a history`)
    try {
      lines.push(JSON.parse(line))
    } catch {
      cutOff = line
    }
  }
  return lines
}
