interface InputIssue {
  readonly path: readonly string[]
  readonly message: string
  readonly allowed: string
}

/** The issues that the API found in an input, by the form's field they belong to; `form` holds the rest. */
export function fieldErrors<Field extends string>(
  issues: readonly InputIssue[],
  fieldOf: (path: string) => Field | undefined,
): Partial<Record<Field | 'form', string>> {
  const errors: Partial<Record<Field | 'form', string>> = {}
  for (const { path, message, allowed } of issues) {
    const name = path.join('.')
    const field = fieldOf(name) ?? 'form'
    const sentence =
      field === 'form' ? `${name} ${message}. Allowed: ${allowed}` : `It ${message}. Allowed: ${allowed}`
    errors[field] = errors[field] ? `${errors[field]}\n${sentence}` : sentence
  }
  return errors
}
