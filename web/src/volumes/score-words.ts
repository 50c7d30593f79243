import type { Verdict } from './decision-fields.ts'

const TERM_WORDS: Record<Verdict['terms'][number]['name'], string> = {
  PROJECTED_RATIO: 'projected ratio',
  CURRENT_RATIO: 'ratio before',
  PREFERENCE: 'prefers',
  GROUP_SPREAD: 'group',
}

/**
 * What a score is made of: `Score 0.0734 = 0.1234 projected ratio − 0.0500 prefers tier In [gold]`. Null where the
 * projected ratio, which is shown anyway, is all of it, and for a rejected one.
 */
export function describeScore({ score, terms }: Pick<Verdict, 'score' | 'terms'>): string | null {
  if (!score || (terms.length === 1 && terms[0]?.name === 'PROJECTED_RATIO')) return null
  const sum = terms.map(({ name, explanation, value }, index) => {
    const isOwn = name === 'PREFERENCE' || name === 'GROUP_SPREAD'
    const words = isOwn ? `${TERM_WORDS[name]} ${explanation}` : TERM_WORDS[name]
    const sign = value.decimal < 0 ? '− ' : index > 0 ? '+ ' : ''
    return `${sign}${Math.abs(value.decimal).toFixed(4)} ${words}`
  })
  return `Score ${formatScore(score.decimal)} = ${sum.join(' ')}`
}

/** How far it is from the next in rank: `0.0123 ahead of the next`. Null for the last one and for a rejected one. */
export function describeMargin({ margin }: Pick<Verdict, 'margin'>): string | null {
  if (!margin) return null
  if (margin.numerator === '0') return 'Equal with the next; a hash of the ids decides'
  if (margin.decimal < 0) return `${formatScore(-margin.decimal)} behind the next, which yields`
  const distance = margin.decimal < 0.0001 ? 'Less than 0.0001' : formatScore(margin.decimal)
  return `${distance} ahead of the next`
}

function formatScore(score: number): string {
  return `${score < 0 ? '−' : ''}${Math.abs(score).toFixed(4)}`
}
