import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultRule } from '../faults/fault-rule.ts'
import { patchJson } from '../faults/patch-json.ts'
import type { Answer } from './error-answer.ts'

const SLOW_CHUNKS_PER_SECOND = 10

/** Writes the answer, spoilt by the faults that strike after the work is done. */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  faults: readonly FaultRule[],
): Promise<void> {
  if (faults.some((fault) => fault.kind === 'dropAnswer')) {
    response.socket?.destroy()
    return
  }
  const body = Buffer.from(faults.reduce(spoil, answer.body))
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': body.byteLength,
    ...answer.headers,
  })
  if (faults.some((fault) => fault.kind === 'hangAfterHeaders')) {
    response.flushHeaders()
    return
  }
  const slow = faults.find((fault) => fault.kind === 'slowBody')
  if (slow) await trickle(response, body, slow.bytesPerSecond)
  response.end(slow ? undefined : body)
}

function spoil(body: string, fault: FaultRule): string {
  if (fault.kind === 'patchBody') return patchJson(body, fault.fields)
  if (fault.kind === 'truncateBody') return body.slice(0, Math.floor(body.length / 2))
  return body
}

async function trickle(response: ServerResponse, body: Buffer, bytesPerSecond: number): Promise<void> {
  const step = Math.max(1, Math.floor(bytesPerSecond / SLOW_CHUNKS_PER_SECOND))
  for (let sent = 0; sent < body.length && !response.destroyed; sent += step) {
    response.write(body.subarray(sent, sent + step))
    await sleep(1000 / SLOW_CHUNKS_PER_SECOND)
  }
}
