import { expect, test } from 'vitest'
import { type CreateAnswer, checkAnswers } from './check-answers.ts'
import type { RecordedDecision } from './records.ts'
import { type SampleRace, sampleRace } from './sample-race.ts'

const { batches, volumes } = sampleRace()
const decisions = batches.flatMap((batch) => batch.decisions)
const answers = decisions.map((decision) => answerOf(decision, volumes))
const placed = answers.findIndex(({ volume }) => volume !== null)
const other = answers.findLastIndex(({ volume }) => volume !== null)
const refused = answers.findIndex(({ volume }) => volume === null)

function answerOf({ id, request, clusterId }: RecordedDecision, all: SampleRace['volumes']): CreateAnswer {
  const { volumeId, sizeBytes, replicas } = request
  const volume = all.find((each) => each.id === volumeId)
  return {
    name: volumeId,
    sizeBytes,
    replicas,
    typename: clusterId ? 'CreateVolumePayload' : 'NoFeasibleClusterError',
    decisionId: id,
    volume: volume
      ? { ...volume, sizeBytes: String(volume.sizeBytes), cluster: { name: volume.clusterName } }
      : null,
  }
}

/** The answers with that to one request changed. */
function doctored(index: number, change: Partial<CreateAnswer>): CreateAnswer[] {
  return answers.map((answer, at) => (at === index ? { ...answer, ...change } : answer))
}

test('answers that agree with the records have no faults', () => {
  expect(checkAnswers(answers, volumes, decisions)).toEqual([])
})

test.each<[name: string, answers: readonly CreateAnswer[], fault: string]>([
  [
    'the answer to another request',
    doctored(placed, { ...answers[other], name: answers[placed]?.name }),
    'twice',
  ],
  ['a volume of another size', doctored(placed, { sizeBytes: 5n }), 'about another size'],
  ['a volume of another name', doctored(placed, { name: 'another' }), 'is recorded as'],
  ['a volume that is not recorded', doctored(placed, { volume: null }), 'is not in the records'],
  ['a refusal that was placed', doctored(placed, { typename: 'NoFeasibleClusterError' }), 'decided was cls_'],
  ['a success that was refused', doctored(refused, { typename: 'CreateVolumePayload' }), 'decided was null'],
  [
    'another kind of answer',
    doctored(refused, { typename: 'NameTakenError' }),
    'answered with NameTakenError',
  ],
  ['no answer', answers.toSpliced(placed, 1), 'was answered to nobody'],
])('%s is found', (_name, all, fault) => {
  expect(checkAnswers(all, volumes, decisions).join('\n')).toContain(fault)
})
