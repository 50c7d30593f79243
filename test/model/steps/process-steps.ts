import fc from 'fast-check'
import { mutate } from '../reality.ts'
import { judge, pick, type Step, step } from '../step.ts'
import { creation, GIB } from './volume-steps.ts'

export const killWorker: fc.Arbitrary<Step> = fc.constant(
  step('kill the worker', (_model, { worker }) => worker.stop('SIGKILL')),
)

export const startWorker: fc.Arbitrary<Step> = fc.constant(
  step('start the worker', async (_model, { worker }) => {
    await worker.stop()
    await worker.start()
  }),
)

export const killServer: fc.Arbitrary<Step> = fc.constant(
  step('kill the server and start it', async (_model, { server }) => {
    await server.stop('SIGKILL')
    await server.start()
  }),
)

/** Who asked does not know what became of it, and asks again under the same key. */
export const createThroughKill: fc.Arbitrary<Step> = fc
  .record({ name: fc.nat(5), afterMs: fc.nat(60) })
  .map(({ name, afterMs }) =>
    step(`create v${name} while the server is killed after ${afterMs} ms`, async (model, stack) => {
      const request = creation(model, { name: `v${name}`, sizeBytes: GIB, replicas: 1 })
      const answering = mutate(stack, request.field, request.input)
      await new Promise((resolve) => setTimeout(resolve, afterMs))
      await stack.server.stop('SIGKILL')
      await stack.server.start()
      judge(model, request, await answering)
    }),
  )

/** Fields whose change makes the input another one. */
function otherInput(field: string, input: Readonly<Record<string, unknown>>) {
  switch (field) {
    case 'createVolume':
    case 'createSnapshot':
      return { ...input, name: `${input.name}-other` }
    case 'deleteVolume':
      return { ...input, cascade: !input.cascade }
    default:
      return { ...input, expectedRevision: 123_456 }
  }
}

/** The same key again, with the same input or another. */
export const repeat: fc.Arbitrary<Step> = fc
  .record({ which: fc.nat(1_000), isSame: fc.boolean() })
  .map(({ which, isSame }) =>
    step(
      `repeat request ${which}${isSame ? '' : ' with another input'}`,
      async (model, stack) => {
        const earlier = pick(model.accepted, which)
        if (!earlier) return
        const { field, input, operationId, subjectId } = earlier
        const answer = await mutate(stack, field, isSame ? input : otherInput(field, input))
        const got = {
          type: answer.__typename,
          operationId: answer.operation?.id,
          subjectId: answer.volume?.id ?? answer.snapshot?.id,
        }
        const isRight = isSame
          ? got.type.endsWith('Payload') && got.operationId === operationId && got.subjectId === subjectId
          : got.type === 'IdempotencyConflictError'
        if (!isRight) {
          throw new Error(
            `${field} again under ${input.idempotencyKey} was answered ${JSON.stringify(got)}, at first ${operationId} on ${subjectId}`,
          )
        }
      },
      ({ accepted }) => accepted.length > 0,
    ),
  )
