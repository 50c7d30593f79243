import { useRef } from 'react'

const KEY_BYTES = 16

/** 128 random bits in hex. Not `randomUUID`: browsers offer that on HTTPS pages only. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * A key for each distinct input: sending the same input again after a lost answer repeats nothing,
 * another input is another request. Call `renew` once the API has answered.
 */
export function useIdempotencyKey() {
  const last = useRef<{ input: string; key: string } | null>(null)
  return {
    keyFor(input: object): string {
      const fingerprint = JSON.stringify(input)
      if (last.current?.input !== fingerprint) last.current = { input: fingerprint, key: newKey() }
      return last.current.key
    },
    renew() {
      last.current = null
    },
  }
}
