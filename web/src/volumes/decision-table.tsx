import { Check } from 'lucide-react'
import { Bytes } from '../figures/bytes.tsx'
import { RatioBar } from '../figures/ratio-bar.tsx'
import { formatAge } from '../format/format-age.ts'
import { formatBytes, parseBytes } from '../format/format-bytes.ts'
import { formatRatio } from '../format/format-ratio.ts'
import type { Decision, Verdict } from './decision-fields.ts'
import styles from './decision-table.module.css'
import { REJECTION_WORDS } from './rejection-words.ts'
import { describeMargin, describeScore } from './score-words.ts'

/** Why a volume is where it is, or nowhere: every candidate with the numbers that spoke for or against it. */
export function DecisionTable({ decision }: { readonly decision: Decision }) {
  return (
    <div className={styles.decision}>
      <p className={styles.summary}>{summarize(decision)}</p>
      {decision.detailsRemovedAt === null ? (
        <Candidates decision={decision} />
      ) : (
        <p className={styles.summary}>The figures of the candidates are no longer kept.</p>
      )}
    </div>
  )
}

function Candidates({ decision }: { readonly decision: Decision }) {
  const scale = Math.max(1, ...decision.verdicts.map(({ projectedRatio }) => projectedRatio ?? 0)) * 1.04
  return (
    <table className={styles.table} aria-label="Candidates">
      <thead>
        <tr>
          <th scope="col">Rank</th>
          <th scope="col">Cluster</th>
          <th scope="col">Projected ratio</th>
          <th scope="col">Verdict</th>
        </tr>
      </thead>
      <tbody>
        {decision.verdicts.map((verdict) => (
          <Candidate key={verdict.clusterId} verdict={verdict} decidedAt={decision.decidedAt} scale={scale} />
        ))}
      </tbody>
    </table>
  )
}

function summarize({
  sizeBytes,
  replicas,
  requestedBytes,
  policyName,
  policyRevision,
  cluster,
  hop,
}: Decision): string {
  const request = `${formatBytes(parseBytes(sizeBytes))} × ${replicas} = ${formatBytes(parseBytes(requestedBytes))}`
  const refusals = hop === 0 ? '' : ` after ${hop === 1 ? '1 cluster' : `${hop} clusters`} had refused it`
  const outcome = cluster ? `${cluster.name} ranked first${refusals}` : `no cluster qualified${refusals}`
  return `${request}; ${outcome}, by policy ${policyName} revision ${policyRevision}.`
}

interface CandidateProps {
  readonly verdict: Verdict
  readonly decidedAt: string
  readonly scale: number
}

function Candidate({ verdict, decidedAt, scale }: CandidateProps) {
  const { rank, clusterName, projectedRatio, observedAt } = verdict
  const score = describeScore(verdict)
  return (
    <tr data-chosen={rank === 1 || undefined}>
      <td className={styles.rank}>{rank ?? '–'}</td>
      <th scope="row">
        {clusterName}
        <span className={styles.note}>
          {observedAt
            ? `observed ${formatAge(Date.parse(decidedAt) - Date.parse(observedAt))} before`
            : 'never observed'}
        </span>
      </th>
      <td className={styles.ratio}>
        <strong>{formatRatio(projectedRatio, 4)}</strong>
        {projectedRatio !== null && (
          <RatioBar ratio={projectedRatio} scale={scale} isRejected={rank === null} />
        )}
        {score && <span className={styles.note}>{score}</span>}
      </td>
      <td>
        <VerdictWords verdict={verdict} />
      </td>
    </tr>
  )
}

function VerdictWords({ verdict }: Pick<CandidateProps, 'verdict'>) {
  const { rank, yields, rejection, freeBytes, provisionedBytes, pendingBytes } = verdict
  const margin = describeMargin(verdict)
  return (
    <>
      {rank === 1 && (
        <span className={styles.chosen}>
          <Check size={14} aria-hidden="true" />
          Chosen
        </span>
      )}
      {rank !== null && rank > 1 && <span>{yields ? 'Yields' : 'Qualifies'}</span>}
      {yields && <span className={styles.note}>{yields}</span>}
      {margin && <span className={styles.note}>{margin}</span>}
      {rejection && (
        <span>
          <strong className={styles.rejected}>{REJECTION_WORDS[rejection.reason]}:</strong>{' '}
          {rejection.explanation}
          {rejection.shortfallBytes && (
            <>
              , short by <Bytes value={rejection.shortfallBytes} />
            </>
          )}
          <span className={styles.note}>To pass: {rejection.remedy}</span>
        </span>
      )}
      {provisionedBytes && pendingBytes && freeBytes && (
        <span className={styles.note}>
          <Bytes value={provisionedBytes} /> provisioned, <Bytes value={pendingBytes} /> pending,{' '}
          <Bytes value={freeBytes} /> free
        </span>
      )}
    </>
  )
}
