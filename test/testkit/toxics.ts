import { setTimeout as sleep } from 'node:timers/promises'

/** What may be wrong with one direction of a connection; the first six are toxiproxy's, under its names. */
export type Toxic =
  /** Each piece of data arrives so much later. */
  | { readonly kind: 'latency'; readonly delayMs: number; readonly jitterMs?: number }
  | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number }
  /** The end of the stream arrives so much later. */
  | { readonly kind: 'slowClose'; readonly delayMs: number }
  /** Nothing arrives any more, and after the time the connection is closed; 0: it never is, a partition of this direction. */
  | { readonly kind: 'timeout'; readonly afterMs: number }
  /** After the time the connection is reset (RST), with whatever was under way. */
  | { readonly kind: 'resetPeer'; readonly afterMs: number }
  /** Data arrives in small pieces, the given time between two of them. */
  | { readonly kind: 'slicer'; readonly bytes: number; readonly delayMs?: number }
  /** After so many bytes the connection is closed. */
  | { readonly kind: 'limitData'; readonly bytes: number }
  /** A connection to the server in which this text passes is reset right after it has: the request arrives, its answer does not. */
  | { readonly kind: 'cutAfter'; readonly text: string }

export type ToxicOf<Kind extends Toxic['kind']> = Extract<Toxic, { kind: Kind }>

export function toxicsOf<Kind extends Toxic['kind']>(toxics: readonly Toxic[], kind: Kind): ToxicOf<Kind>[] {
  return toxics.filter((toxic): toxic is ToxicOf<Kind> => toxic.kind === kind)
}

/** Waits as long as data of this size has to. */
export async function delayData(toxics: readonly Toxic[], byteCount: number): Promise<void> {
  const delays = toxicsOf(toxics, 'latency').map(
    ({ delayMs, jitterMs = 0 }) => delayMs + jitterMs * Math.random(),
  )
  const paces = toxicsOf(toxics, 'bandwidth').map(
    ({ bytesPerSecond }) => (byteCount * 1_000) / bytesPerSecond,
  )
  await sleepIfAny([...delays, ...paces])
}

export async function delayEnd(toxics: readonly Toxic[]): Promise<void> {
  await sleepIfAny(toxicsOf(toxics, 'slowClose').map(({ delayMs }) => delayMs))
}

/** The pieces in which data arrives, with the pause after each. */
export function slice(
  toxics: readonly Toxic[],
  data: Buffer,
): { readonly piece: Buffer; readonly pauseMs: number }[] {
  // What is slow comes evenly, not in large pieces with long breaks.
  const paced = toxicsOf(toxics, 'bandwidth').map(({ bytesPerSecond }) => Math.ceil(bytesPerSecond / 10))
  const sliced = toxicsOf(toxics, 'slicer').map(({ bytes }) => bytes)
  const size = Math.max(1, Math.min(data.length, ...paced, ...sliced))
  const pauseMs = Math.max(0, ...toxicsOf(toxics, 'slicer').map(({ delayMs = 0 }) => delayMs))
  return Array.from({ length: Math.ceil(data.length / size) }, (_, index) => ({
    piece: data.subarray(index * size, (index + 1) * size),
    pauseMs,
  }))
}

async function sleepIfAny(delaysMs: readonly number[]): Promise<void> {
  const totalMs = delaysMs.reduce((sum, ms) => sum + ms, 0)
  if (totalMs > 0) await sleep(totalMs)
}
