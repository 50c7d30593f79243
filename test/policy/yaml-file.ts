import { readFileSync } from 'node:fs'
import type { InputIssue } from '@flotilla/core/errors'
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'

/** Each fault is a line of its own: where in which file, what is wrong, what is allowed. */
export class FileFault extends Error {}

/** What a YAML file says, and where it says it. */
export interface YamlFile {
  readonly content: unknown
  /**
   * The faults as text, each with the line and column of what it is about, or of the nearest thing around it;
   * in the order of the file.
   */
  explain(faults: readonly InputIssue[]): string
}

/**
 * Reads a file of one YAML 1.2 document, or JSON. Whole numbers too large for a JavaScript number come as text, so that
 * sizes keep every byte.
 *
 * @throws FileFault with every syntax error, or when it cannot be read
 */
export function readYamlFile(path: string): YamlFile {
  const lines = new LineCounter()
  const document = parseDocument(readText(path), {
    lineCounter: lines,
    intAsBigInt: true,
    prettyErrors: false,
  })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${path}:${line}:${col}`
  }
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0)
    throw new FileFault(faults.map(({ pos, message }) => `${at(pos[0])}: ${message}`).join('\n'))

  const locate = (keys: readonly string[]): number => {
    let node: unknown = document.contents
    let offset = document.contents?.range?.[0] ?? 0
    for (const key of keys) {
      const next = stepInto(isAlias(node) ? node.resolve(document) : node, key)
      if (!next) break
      node = next.node
      offset = next.offset ?? offset
    }
    return offset
  }
  return {
    content: exactNumbers(toValue(path, () => document.toJS())),
    explain: (issues) =>
      issues
        .map((issue) => ({ ...issue, offset: locate(issue.path) }))
        .toSorted((a, b) => a.offset - b.offset)
        .map((issue) => `${at(issue.offset)}: ${describe(issue)}`)
        .join('\n'),
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new FileFault(`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function describe({ path, message, allowed }: InputIssue): string {
  return [...(path.length > 0 ? [path.join('.')] : []), `${message}; allowed: ${allowed}`].join(': ')
}

/** Aliases are the one thing that only making the value brings to light: too many of them, or one without its anchor. */
function toValue(path: string, make: () => unknown): unknown {
  try {
    return make()
  } catch (error) {
    throw new FileFault(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function stepInto(node: unknown, key: string): { node: unknown; offset: number | undefined } | null {
  if (isMap<Node, Node>(node)) {
    const pair = node.items.find((each) => isScalar(each.key) && String(each.key.value) === key)
    return pair ? { node: pair.value, offset: pair.key.range?.[0] } : null
  }
  const item = isSeq<Node>(node) ? node.items[Number(key)] : undefined
  return item ? { node: item, offset: item.range?.[0] } : null
}

function exactNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value.toString()
  }
  if (Array.isArray(value)) return value.map(exactNumbers)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, exactNumbers(each)]))
}
