const MARK = '$bigint'

/** JSON in which a bigint is written as `{"$bigint": "123"}`, so that it comes back as one. */
export function stringifyWithBigints(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'bigint' ? { [MARK]: field.toString() } : field,
  )
}

/** The opposite of `stringifyWithBigints`. Throws a SyntaxError on anything that is not JSON. */
export function parseWithBigints(text: string): unknown {
  return JSON.parse(text, (_key, field: unknown) => {
    const isMarked = typeof field === 'object' && field !== null && MARK in field
    return isMarked ? BigInt(String(field[MARK])) : field
  })
}
