import type { z } from 'zod'

type Json = z.core.util.JSONType

/** The JSON text with the fields at the given dotted paths replaced; missing objects on the way are made. */
export function patchJson(body: string, fields: Readonly<Record<string, Json>>): string {
  const root: unknown = JSON.parse(body)
  for (const [path, value] of Object.entries(fields)) replaceAt(root, path.split('.'), value)
  return JSON.stringify(root)
}

function replaceAt(node: unknown, path: readonly string[], value: Json): void {
  const [field = '', ...rest] = path
  if (!isObject(node)) return
  if (rest.length === 0) {
    node[field] = value
    return
  }
  node[field] ??= {}
  replaceAt(node[field], rest, value)
}

/** Arrays count: their items are addressed by index. */
function isObject(node: unknown): node is Record<string, unknown> {
  return typeof node === 'object' && node !== null
}
