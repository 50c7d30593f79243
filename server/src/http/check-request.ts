import type { IncomingMessage } from 'node:http'
import { MAX_BODY_BYTES } from '../graphql/create-yoga.ts'
import type { Refusal } from './refuse.ts'

export const TOO_LARGE: Refusal = {
  status: 413,
  code: 'BAD_INPUT',
  message: 'the body is too large',
  details: { allowed: `at most ${MAX_BODY_BYTES} bytes` },
}

const JSON_TYPE = /^application\/json(;|$)/i

/**
 * Whether the API takes this kind of request: queries by GET, all else by POST with JSON. Forms and plain text are
 * what a foreign web page can send without being asked (CSRF), so they are refused; a GET needs a header that it
 * cannot set either.
 */
export function checkRequest({ method, headers }: IncomingMessage): Refusal | null {
  const isJson = JSON_TYPE.test(headers['content-type'] ?? '')
  if (method === 'GET') {
    if (isJson || headers['apollo-require-preflight']) return null
    return {
      status: 403,
      code: 'FORBIDDEN',
      message: 'a GET needs a header that shows it was not made by a foreign web page',
      details: { allowed: 'Apollo-Require-Preflight: true, or Content-Type: application/json' },
    }
  }
  if (method !== 'POST') {
    return {
      status: 405,
      code: 'BAD_INPUT',
      message: `${method} is not accepted`,
      details: { allowed: 'POST, or GET for queries' },
    }
  }
  if (!isJson) {
    return {
      status: 415,
      code: 'BAD_INPUT',
      message: `the content type ${JSON.stringify(headers['content-type'] ?? '')} is not accepted`,
      details: { allowed: 'application/json' },
    }
  }
  if (Number(headers['content-length']) > MAX_BODY_BYTES) {
    return TOO_LARGE
  }
  return null
}
