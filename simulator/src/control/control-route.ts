import { z } from 'zod'
import { parseByteCount } from '../cluster/size.ts'
import type { SimulatedCluster } from '../simulated-cluster.ts'

/** A request to the control port, after routing and parsing. */
export interface ControlCall {
  /** The clusters that the path names: one, every one for `all`, or every one when it names none. */
  readonly clusters: readonly SimulatedCluster[]
  /** The last part of a path that names one object of a cluster. */
  readonly uuid: string
  /** The JSON body; an empty object when there is none. */
  readonly body: unknown
}

export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  /** What it does and takes, for the overview at `/`. */
  readonly summary: string
  /** Does it and answers what to send back; bigints become decimal strings. */
  handle(call: ControlCall): unknown
}

/** A number of bytes, written with or without a binary unit. */
export const byteCount = z.union([z.number().transform(String), z.string()]).transform((text, context) => {
  const count = parseByteCount(text)
  if (count !== undefined) return count
  context.addIssue({ code: 'custom', message: `"${text}" is no size; write 4GiB or 4294967296` })
  return z.NEVER
})
