export type Table = readonly [header: readonly string[], ...rows: (readonly string[])[]]

/** A table of figures that must not be larger than they may be, and one line for each that is. */
export interface Bounded {
  readonly table: Table
  readonly pastBounds: readonly string[]
}

/** Markdown, so that a result can be committed as it was printed; texts to the left, numbers to the right. */
export function formatTable([header, ...rows]: Table): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => pad(cells[column] ?? '', width, column)).join(' | ')} |`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(header), line(rule), ...rows.map(line)].join('\n')
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width)
}
