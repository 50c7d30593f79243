import { Readable } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { openProcessLog } from './process-log.ts'

test('pretty lines carry the name of their process; those of pino become readable', () => {
  const lines: string[] = []
  const log = openProcessLog({ format: 'pretty', colorize: false, output: (line) => lines.push(line) })
  log.write('server', JSON.stringify({ level: 40, time: 0, pid: 7, hostname: 'h', msg: 'slow', tookMs: 9 }))
  log.write('worker', 'plain text\nin two lines')
  expect(lines[0]).toMatch(/^server {4}\| \[\d\d:\d\d:\d\d\] WARN: slow \{"tookMs":9\}$/)
  expect(lines[1]).toBe('worker    | plain text\nworker    | in two lines')
})

test('in JSON every line is an object with the name of its process', async () => {
  const lines: string[] = []
  const log = openProcessLog({ format: 'json', colorize: false, output: (line) => lines.push(line) })
  log.follow('server', Readable.from(['{"level":50,"msg":"a"}\n{"not"', ': pino}\n']))
  await vi.waitUntil(() => lines.length === 2)
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: 50, msg: 'a', process: 'server' },
    { level: 30, time: expect.any(Number), msg: '{"not": pino}', process: 'server' },
  ])
})
