import { builder } from '../builder.ts'

export const labelOperator = builder.enumType('LabelOperator', {
  description: 'What is asked of a label of a cluster.',
  values: {
    IN: { value: 'In', description: 'It has one of the values.' },
    NOT_IN: { value: 'NotIn', description: 'It is absent or has another value.' },
    EXISTS: { value: 'Exists', description: 'It is there, whatever its value.' },
    DOES_NOT_EXIST: { value: 'DoesNotExist', description: 'It is absent.' },
  } as const,
})

export const spreadMode = builder.enumType('SpreadMode', {
  description: 'How the volumes of one group lie to each other.',
  values: {
    SPREAD: { description: 'Where fewer of the group are is preferred.' },
    ANTI_AFFINITY: {
      description: 'No more of the group in one place than the policy allows, 1 unless it says.',
    },
  },
})

export const ranking = builder.enumType('Ranking', {
  description: 'By what the clusters that qualify are ranked.',
  values: {
    LOWEST_PROJECTED_RATIO: { description: 'The provisioned ratio after placing the volume.' },
    LOWEST_CURRENT_RATIO: { description: 'The provisioned ratio before.' },
  },
})

export const driftRule = builder.enumType('DriftRule', {
  description: 'What is done about a volume that somebody has changed on its cluster.',
  values: {
    REPORT: { description: 'A finding tells of it.' },
    REVERT: {
      description:
        'A finding tells of it, and what was last written is put back: name, labels, compression, QoS policy, and a size that has become smaller. Nothing is ever cut off.',
    },
  },
})
