import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { styleText } from 'node:util'
import { prettyFactory } from 'pino-pretty'

/** One stream of lines from all processes, each marked with the name of the one that said it. */
export interface ProcessLog {
  /** Writes a line of text, or one of JSON as pino writes it. */
  write(processName: string, line: string): void
  /** Writes every line of a stream until it ends. */
  follow(processName: string, stream: Readable): void
}

interface Options {
  format: 'pretty' | 'json'
  /** Whether the output is a terminal that shows colours. */
  colorize: boolean
  output: (line: string) => void
}

const nameWidth = 'simulator'.length
const colors = ['cyan', 'magenta', 'yellow', 'green', 'blue'] as const

export function openProcessLog({ format, colorize, output }: Options): ProcessLog {
  const render = format === 'json' ? renderJson : makePrettyRenderer(colorize)
  const write = (processName: string, line: string) => output(render(processName, line))
  return {
    write,
    follow: (processName, stream) => {
      createInterface({ input: stream }).on('line', (line) => write(processName, line))
    },
  }
}

/** The fields of a line as pino writes it; null for any other text. */
function parsePinoLine(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    const fields = JSON.parse(line)
    return 'level' in fields ? fields : null
  } catch {
    return null
  }
}

const infoLevel = 30

function renderJson(processName: string, line: string): string {
  const fields = parsePinoLine(line) ?? { level: infoLevel, time: Date.now(), msg: line }
  return JSON.stringify({ ...fields, process: processName })
}

function makePrettyRenderer(colorize: boolean): (processName: string, line: string) => string {
  const pretty = prettyFactory({
    colorize,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    singleLine: true,
  })
  const names: string[] = []
  return (processName, line) => {
    if (!names.includes(processName)) names.push(processName)
    const label = `${processName.padEnd(nameWidth)} |`
    const color = colors[names.indexOf(processName) % colors.length]
    const prefix =
      colorize && color !== undefined ? styleText(color, label, { validateStream: false }) : label
    const fields = parsePinoLine(line)
    const text = fields === null ? line : String(pretty(fields)).trimEnd()
    return text
      .split('\n')
      .map((part) => `${prefix} ${part}`.trimEnd())
      .join('\n')
  }
}
