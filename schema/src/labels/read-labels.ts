import { InvalidInputError } from '@flotilla/core/errors'

/**
 * @param path where the labels stand in the input
 * @throws InvalidInputError when a key comes twice, because only one value could be kept
 */
export function readLabels(
  labels: readonly { key: string; value: string }[],
  path: readonly string[] = ['input', 'labels'],
): Record<string, string> {
  const byKey = new Map<string, string>()
  for (const [index, { key, value }] of labels.entries()) {
    if (byKey.has(key)) {
      throw new InvalidInputError([
        {
          path: [...path, String(index), 'key'],
          message: `${JSON.stringify(key)} comes twice`,
          allowed: 'each key once',
        },
      ])
    }
    byKey.set(key, value)
  }
  return Object.fromEntries(byKey)
}
