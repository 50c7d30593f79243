import type fc from 'fast-check'
import type { Stack } from '../testkit/stack.ts'
import { ACCEPTED, allowedAnswers, type Check } from './expectation.ts'
import type { Model } from './model.ts'
import { type Answer, mutate } from './reality.ts'

/** One thing that a client, an operator, somebody behind our back or bad luck does. */
export type Step = fc.AsyncCommand<Model, Stack>

export function step(
  text: string,
  run: (model: Model, stack: Stack) => Promise<void> | void,
  check: (model: Readonly<Model>) => boolean = () => true,
): Step {
  return { check, run: async (model, stack) => run(model, stack), toString: () => text }
}

/** A request, what may be answered to it, and what is believed when it is accepted. */
export interface Request {
  readonly field: string
  /** With `idempotencyKey` where the mutation takes one. */
  readonly input: Readonly<Record<string, unknown>>
  readonly checks: readonly Check[]
  accept(answer: Answer): void
  /** Looks at a refusal more closely. @throws where it contradicts what is believed */
  refuse?(answer: Answer): void
}

/** Sends the request and holds its answer against what is believed. @throws where it contradicts */
export async function send(model: Model, stack: Stack, request: Request): Promise<void> {
  const answer = await mutate(stack, request.field, request.input)
  judge(model, request, answer)
}

export function judge(model: Model, { field, input, checks, accept, refuse }: Request, answer: Answer): void {
  const allowed = allowedAnswers(checks)
  const isAccepted = answer.__typename.endsWith('Payload')
  if (!allowed.has(isAccepted ? ACCEPTED : answer.__typename)) {
    throw new Error(
      `${field} ${JSON.stringify(input)} was answered ${answer.__typename} (${answer.message ?? 'accepted'}), allowed: ${[...allowed].join(', ')}`,
    )
  }
  if (!isAccepted) {
    refuse?.(answer)
    return
  }
  const subjectId = answer.volume?.id ?? answer.snapshot?.id
  if (subjectId && answer.operation) {
    model.accepted.push({ field, input, operationId: answer.operation.id, subjectId })
  }
  accept(answer)
}

/** Fresh for each request, and the same when the same steps are run again in the same project. */
export function freshKey(model: Model): string {
  return `${model.project}-${++model.serial}`
}

/** One of these by any number; undefined where there is none. */
export function pick<T>(items: readonly T[], number: number): T | undefined {
  return items[number % items.length]
}
