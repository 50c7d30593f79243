import type { Candidate, CandidateFigures } from '@flotilla/core/placement/candidate'

/** What of a candidate changes from poll to poll and from batch to batch; the rest stands still for hours. */
type Figure = 'recentBytes' | keyof CandidateFigures

/** How each is read back from an exact sum. */
const READERS: { readonly [F in Figure]: (value: bigint) => (CandidateFigures & Candidate)[F] } = {
  recentBytes: BigInt,
  provisionedBytes: BigInt,
  pendingBytes: BigInt,
  effectiveBytes: BigInt,
  freeBytes: BigInt,
  maxReplicas: Number,
  volumeCount: Number,
  observedAtMs: Number,
}
const FIGURES = Object.keys(READERS) as readonly Figure[]
const OF_OBSERVED = FIGURES.filter((figure) => figure !== 'recentBytes')

/** One figure of many clusters in a row, decimal, separated by spaces; `-` for a cluster that had not been observed. */
type StoredFigures = Partial<Record<Figure, string>>
const UNOBSERVED = '-'

interface StoredFleet extends StoredFigures {
  readonly clusters: readonly Standing[]
}

type Standing = Omit<Candidate, 'recentBytes' | 'figures'>

interface StoredChanges extends StoredFigures {
  /** Places in the view, from 0, of the clusters that follow: by how much each figure differs. None differs where one is left out. */
  readonly at: string
}

/** A fleet, whole: `readView` gives back every figure to the byte. */
export function toStoredView(candidates: readonly Candidate[]): string {
  const clusters = candidates.map(({ recentBytes: _, figures: __, ...standing }) => standing)
  const columns = FIGURES.map((figure) => {
    const values = candidates.map((candidate) => figureOf(candidate, figure) ?? UNOBSERVED)
    return [figure, values.join(' ')]
  })
  return JSON.stringify({ clusters, ...Object.fromEntries(columns) } satisfies StoredFleet)
}

/**
 * What is otherwise than in the view, for `readView` to put back.
 *
 * @param candidates the same clusters in the order of the view, each observed exactly if it was then
 * @param places as `changedPlaces` names them
 */
export function toStoredChanges(
  view: readonly Candidate[],
  candidates: readonly Candidate[],
  places: readonly number[],
): string {
  const changes: StoredFigures & { at: string } = { at: places.join(' ') }
  for (const figure of FIGURES) {
    const differences = places.map((place) => differenceAt(place, figure, view, candidates))
    if (differences.some((each) => each !== 0n)) changes[figure] = differences.join(' ')
  }
  return JSON.stringify(changes)
}

/** The fleet that a batch saw, in the order of the view. */
export function readView(view: unknown, changes: unknown): readonly Candidate[] {
  const { clusters, ...columns } = view as StoredFleet
  const places = changes === null ? [] : split((changes as StoredChanges).at).map(Number)
  const read = (figure: Figure): readonly (bigint | null)[] => {
    const values = split(columns[figure]).map((text) => (text === UNOBSERVED ? null : BigInt(text)))
    const differences = changes === null ? [] : split((changes as StoredChanges)[figure])
    for (const [index, difference] of differences.entries()) {
      const place = places[index] ?? -1
      const value = values[place]
      if (typeof value === 'bigint') values[place] = value + BigInt(difference)
    }
    return values
  }
  const figures = new Map(FIGURES.map((figure) => [figure, read(figure)]))
  return clusters.map((standing, place) =>
    toCandidate(standing, (figure) => figures.get(figure)?.[place] ?? null),
  )
}

/** Places whose figures are not the same; both in one order. */
export function changedPlaces(a: readonly Candidate[], b: readonly Candidate[]): readonly number[] {
  return [...a.keys()].filter((place) => {
    const [left, right] = [a[place], b[place]]
    return !left || !right || FIGURES.some((figure) => figureOf(left, figure) !== figureOf(right, figure))
  })
}

function figureOf(candidate: Candidate | undefined, figure: Figure): bigint | number | undefined {
  return figure === 'recentBytes' ? candidate?.recentBytes : candidate?.figures?.[figure]
}

function differenceAt(
  place: number,
  figure: Figure,
  view: readonly Candidate[],
  candidates: readonly Candidate[],
): bigint {
  return BigInt(figureOf(candidates[place], figure) ?? 0) - BigInt(figureOf(view[place], figure) ?? 0)
}

function split(column: string | undefined): readonly string[] {
  return column ? column.split(' ') : []
}

function toCandidate(standing: Standing, readFigure: (figure: Figure) => bigint | null): Candidate {
  const read = (figure: Figure): bigint => {
    const value = readFigure(figure)
    if (value === null) throw new Error(`the view has no ${figure} of ${standing.clusterId}`)
    return value
  }
  const isObserved = readFigure('observedAtMs') !== null
  const figures = OF_OBSERVED.map((figure) => [figure, isObserved && READERS[figure](read(figure))])
  return {
    ...standing,
    recentBytes: read('recentBytes'),
    figures: isObserved ? (Object.fromEntries(figures) as CandidateFigures) : null,
  }
}
