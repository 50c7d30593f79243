export const STORABLE_TEXT_ALLOWED = 'well-formed Unicode without the character U+0000'

/**
 * Why a text cannot be stored; null for one that can. PostgreSQL takes no NUL, and no half of a surrogate pair in JSON, and what it
 * refuses fails the whole transaction, with the requests of others in it.
 */
export function storableTextFault(text: string): string | null {
  if (text.includes('\0')) return 'has the character U+0000'
  return text.isWellFormed() ? null : 'has half of a surrogate pair'
}
