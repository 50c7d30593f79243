/** In base64: the one that seals, and others that open what they have sealed before. */
export type MasterKeys = readonly [string, ...string[]]

/** 43 digits and one that fills up: 32 bytes. */
const isKey = (text: string) => /^[A-Za-z0-9+/]{43}=$/.test(text)

/** Keys with commas or white space between them; null when one of them is no key, or there is none. */
export function parseMasterKeys(text: string): MasterKeys | null {
  const [first, ...others] = text.split(/[\s,]+/).filter(Boolean)
  if (first === undefined) return null
  return [first, ...others].every(isKey) ? [first, ...others] : null
}
