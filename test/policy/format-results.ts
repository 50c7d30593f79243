import type { CaseResult } from '@flotilla/core/policy-cases/run-cases'

/** A table, the reasons below each mismatch, and a line of counts. */
export function formatResults(results: readonly CaseResult[]): string {
  const rows = [
    ['', 'case', 'request', 'expected', 'decided'],
    ...results.map(({ holds, caseName, number, expected, actual }) => [
      holds ? 'ok' : 'MISMATCH',
      caseName,
      String(number),
      expected,
      actual,
    ]),
  ]
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, index) => Math.max(widest[index] ?? 0, cell.length)),
    [],
  )
  const lines = rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const [head = '', ...body] = lines
  const explained = results.flatMap((result, index) => {
    const line = body[index] ?? ''
    return result.holds ? [line] : [line, `          ${result.explanation}`]
  })
  const failed = results.filter(({ holds }) => !holds).length
  return [head, ...explained, '', `${results.length} requests, ${failed} mismatches`].join('\n')
}
