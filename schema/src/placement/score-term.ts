import type { ScoreTerm } from '@flotilla/core/placement/verdict'
import { builder } from '../builder.ts'
import { fraction } from '../units/fraction.ts'

const scoreTermName = builder.enumType('ScoreTermName', {
  description: 'A part of a score.',
  values: {
    PROJECTED_RATIO: { description: 'The provisioned ratio after placing the volume.' },
    CURRENT_RATIO: { description: 'The provisioned ratio before.' },
    PREFERENCE: { description: 'A preference of the policy that the cluster matches.' },
    GROUP_SPREAD: { description: 'Members of the group that are there already.' },
  },
})

export const scoreTerm = builder.objectRef<ScoreTerm>('ScoreTerm').implement({
  description: 'One part of a score, in units of the ratio.',
  fields: (t) => ({
    name: t.expose('name', { type: scoreTermName, description: 'What it is about.' }),
    explanation: t.exposeString('explanation', { description: 'What it is made of, for people.' }),
    value: t.expose('value', {
      type: fraction,
      description: 'Its weight in the sum, negative where it speaks for the cluster.',
    }),
  }),
})
