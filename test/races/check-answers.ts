import type { RecordedDecision, RecordedVolume } from './records.ts'

/** What a client asked for, and what it was told. */
export interface CreateAnswer {
  readonly name: string
  readonly sizeBytes: bigint
  readonly replicas: number
  readonly typename: string
  /** Null where none was answered. */
  readonly volume: {
    readonly id: string
    readonly name: string
    readonly sizeBytes: string
    readonly replicas: number
    readonly cluster: { readonly name: string }
  } | null
  readonly decisionId: string | null
}

/** Whether each client was answered about its own request, once, and as the records say. */
export function checkAnswers(
  answers: readonly CreateAnswer[],
  volumes: readonly RecordedVolume[],
  decisions: readonly RecordedDecision[],
): string[] {
  const volumeById = new Map<string, RecordedVolume>(volumes.map((volume) => [volume.id, volume]))
  const firstById = new Map<string, RecordedDecision>(
    decisions.filter(({ hop }) => hop === 0).map((decision) => [decision.id, decision]),
  )
  return [
    ...answers.flatMap((answer) => checkAnswer(answer, volumeById, firstById)),
    ...findTwice(
      'volume',
      answers.flatMap(({ volume }) => volume?.id ?? []),
    ),
    ...findTwice(
      'decision',
      answers.flatMap(({ decisionId }) => decisionId ?? []),
    ),
    ...findUnasked(answers, volumeById.keys(), firstById.keys()),
  ]
}

function checkAnswer(
  answer: CreateAnswer,
  volumes: ReadonlyMap<string, RecordedVolume>,
  decisions: ReadonlyMap<string, RecordedDecision>,
): string[] {
  const { name, typename, volume, decisionId } = answer
  const isPlaced = typename === 'CreateVolumePayload'
  if (!isPlaced && typename !== 'NoFeasibleClusterError') return [`${name}: was answered with ${typename}`]
  const decision = decisions.get(decisionId ?? '')
  if (!decision) return [`${name}: its decision ${decisionId} is not in the records`]
  const faults: string[] = []
  const { request, clusterId } = decision
  if (request.sizeBytes !== answer.sizeBytes || request.replicas !== answer.replicas) {
    faults.push(
      `${name}: asked for ${answer.sizeBytes} x ${answer.replicas}, its decision is about another size`,
    )
  }
  if (isPlaced !== (clusterId !== null))
    faults.push(`${name}: was answered ${typename}, decided was ${clusterId}`)
  if (!isPlaced) return faults
  const recorded = volumes.get(volume?.id ?? '')
  if (!volume || !recorded) return [...faults, `${name}: its volume ${volume?.id} is not in the records`]
  const asked = `${name} ${answer.sizeBytes} ${answer.replicas}`
  if (`${volume.name} ${volume.sizeBytes} ${volume.replicas}` !== asked) {
    faults.push(
      `${name}: was answered with volume ${volume.name} of ${volume.sizeBytes} x ${volume.replicas}`,
    )
  }
  if (`${recorded.name} ${recorded.sizeBytes} ${recorded.replicas}` !== asked) {
    faults.push(`${name}: is recorded as ${recorded.name} of ${recorded.sizeBytes} x ${recorded.replicas}`)
  }
  if (recorded.decisionId !== decisionId || request.volumeId !== volume.id) {
    faults.push(`${name}: volume ${volume.id} and decision ${decisionId} do not belong together`)
  }
  return faults
}

function findTwice(noun: string, ids: readonly string[]): string[] {
  const seen = new Set<string>()
  return ids.flatMap((id) => {
    if (seen.has(id)) return [`${noun} ${id} was answered twice`]
    seen.add(id)
    return []
  })
}

function findUnasked(
  answers: readonly CreateAnswer[],
  volumeIds: Iterable<string>,
  decisionIds: Iterable<string>,
): string[] {
  const volumes = new Set(answers.map(({ volume }) => volume?.id))
  const decisions = new Set(answers.map(({ decisionId }) => decisionId))
  return [
    ...[...volumeIds].filter((id) => !volumes.has(id)).map((id) => `volume ${id} was answered to nobody`),
    ...[...decisionIds]
      .filter((id) => !decisions.has(id))
      .map((id) => `decision ${id} was answered to nobody`),
  ]
}
