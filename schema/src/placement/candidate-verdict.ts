import { type CandidateVerdict, FILTER_NAMES } from '@flotilla/core/placement/verdict'
import { ratioToNumber } from '@flotilla/core/units/ratio'
import { builder } from '../builder.ts'
import { fraction } from '../units/fraction.ts'
import { filterAnswer } from './filter-answer.ts'
import { placedCluster } from './placed-cluster.ts'
import { rejection } from './rejection.ts'
import { scoreTerm } from './score-term.ts'

export const candidateVerdict = builder.objectRef<CandidateVerdict>('CandidateVerdict').implement({
  interfaces: [placedCluster],
  description: 'What placement found about one cluster, with the figures it used.',
  fields: (t) => ({
    rank: t.exposeInt('rank', {
      nullable: true,
      description: 'Its place among those that qualify, 1 is the chosen one; null when it was rejected.',
    }),
    projectedRatio: t.float({
      nullable: true,
      description:
        '(provisioned + pending + size x replicas) / effective, a fraction; the lowest wins. Null where there is no ratio.',
      resolve: ({ projectedRatio }) => projectedRatio && ratioToNumber(projectedRatio),
    }),
    score: t.expose('score', {
      type: fraction,
      nullable: true,
      description: 'Sum of the terms; the lowest wins. Null when it was rejected.',
    }),
    terms: t.expose('terms', {
      type: [scoreTerm],
      description: 'What its score is made of; none when it was rejected.',
    }),
    margin: t.expose('margin', {
      type: fraction,
      nullable: true,
      description:
        'Score of the next in rank less its own; negative where the next one yields. Null for the last one and when it was rejected.',
    }),
    isTie: t.exposeBoolean('isTie', {
      description:
        'Whether the next in rank is as good, so that a hash of the ids of volume and cluster decided between them; false when it was rejected.',
    }),
    yields: t.exposeString('yields', {
      nullable: true,
      description:
        'Why it comes after others with a higher score: it has had its share of the recent placements. Null when it does not.',
    }),
    rejection: t.expose('rejection', {
      type: rejection,
      nullable: true,
      description: 'Why it does not qualify, by the first filter that it failed; null when it does.',
    }),
    filters: t.field({
      type: [filterAnswer],
      description: 'What every filter says of it, in the order in which they are asked.',
      complexity: { field: 1, multiplier: FILTER_NAMES.length },
      resolve: async (verdict, _args, { pause }) => {
        await pause()
        return verdict.filters
      },
    }),
  }),
})
