const MAX_LENGTH = 400
const JWT = /eyJ[\w-]+\.[\w-]+\.[\w-]*/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const CONTROL_CHARACTERS = /[\x00-\x1f\x7f]+/g

/** A foreign text made fit for messages and logs: without credentials, on one line, of limited length. */
export function redact(text: string, token: string): string {
  const hidden = (token ? text.replaceAll(token, '[hidden]') : text).replace(JWT, '[hidden]')
  const line = hidden.replace(CONTROL_CHARACTERS, ' ').trim()
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}...` : line
}
