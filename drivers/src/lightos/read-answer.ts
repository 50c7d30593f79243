import { DriverError } from '@flotilla/core/ports/cluster-driver'
import { answerError } from './answer-error.ts'
import { type ApiCall, withoutAnswer } from './api-call.ts'
import type { WireAnswer } from './exchange.ts'
import { redact } from './redact.ts'

/** What the cluster answered to `call`; throws the DriverError that a bad answer amounts to. */
export function readAnswer<Answer>(
  call: ApiCall<Answer>,
  answer: WireAnswer,
  where: string,
  token: string,
): Answer {
  const isSuccess = answer.statusCode === 200 || answer.statusCode === 201
  if (!isSuccess) throw answerError(answer, call.kind, where, token)
  const malformed = (what: string) =>
    new DriverError(withoutAnswer(call.kind), 'MALFORMED_ANSWER', redact(`${where}: ${what}`, token))
  const json = parseJson(answer.body)
  if (json === undefined) throw malformed('the answer is no complete JSON')
  const parsed = call.answer.safeParse(json)
  if (parsed.success) return parsed.data
  const { path = [], message = '' } = parsed.error.issues[0] ?? {}
  throw malformed(`the answer's ${path.join('.') || 'body'} cannot be used: ${message}`)
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
