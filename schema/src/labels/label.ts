import { builder } from '../builder.ts'

interface Label {
  readonly key: string
  readonly value: string
}

export const label = builder.objectRef<Label>('Label').implement({
  description: 'A word of the operator on an object: `site` = `berlin`.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'What is told, unique on its object.' }),
    value: t.exposeString('value', { description: 'What it is.' }),
  }),
})

export const labelInput = builder.inputType('LabelInput', {
  description: 'A label to be put on an object.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'What is told, unique on its object.' }),
    value: t.string({ required: true, description: 'What it is.' }),
  }),
})

/** Labels by key, so that a list of them has one order. */
export function listLabels(labels: Readonly<Record<string, string>>): Label[] {
  return Object.entries(labels)
    .map(([key, value]) => ({ key, value }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}
