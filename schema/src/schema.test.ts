import { readFileSync } from 'node:fs'
import {
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  parse,
  print,
} from 'graphql'
import { expect, test } from 'vitest'
import { printedSchema } from './printed-schema.ts'
import { schema } from './schema.ts'

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
)

test('schema.graphql is the printed schema; print it again with scripts/print-schema.ts', () => {
  const committed = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8')
  // The formatter may have broken the lines elsewhere.
  expect(print(parse(committed))).toBe(print(parse(printedSchema())))
})

test('every type, field, argument and value has a description', () => {
  expect(types.flatMap(undescribed)).toEqual([])
})

test('every size says its unit', () => {
  const sizes = types.flatMap((type) => (isObjectType(type) ? Object.values(type.getFields()) : []))
  const silent = sizes.filter(({ name, type }) => String(type).startsWith('Bytes') && !name.endsWith('Bytes'))
  expect(silent.map(({ name }) => name)).toEqual([])
})

const SELECTING = [
  'BulkAttachVolumesResult',
  'BulkCreateSnapshotsResult',
  'BulkDeleteVolumesResult',
  'BulkDetachVolumesResult',
  'BulkUpdateVolumesResult',
]

test('every member of a result that is no payload is an Error', () => {
  const results = types.filter(({ name }) => name.endsWith('Result'))
  expect(results).toHaveLength(44)
  const errors = schema.getPossibleTypes(schema.getType('Error') as never).map(({ name }) => name)
  for (const result of results) {
    const members = schema.getPossibleTypes(result as never).map(({ name }) => name)
    const [payload, ...others] = members.filter((name) => !errors.includes(name))
    // What is asked of many volumes that are selected is answered alike.
    const own = SELECTING.includes(result.name) ? 'BulkPayload' : result.name.replace('Result', 'Payload')
    expect(payload).toBe(own)
    expect(others).toEqual([])
  }
})

test('every mutation answers with the operation that it leaves', () => {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {})
  const silent = mutations.filter(({ type }) => {
    const members = schema.getPossibleTypes(getNamedType(type) as never)
    return !members.some((member) => 'operation' in member.getFields())
  })
  expect(mutations.length).toBeGreaterThan(0)
  expect(silent.map(({ name }) => name)).toEqual([])
})

function undescribed(type: GraphQLNamedType): string[] {
  const parts: [string, string | null | undefined][] = [[type.name, type.description]]
  if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      parts.push([`${type.name}.${field.name}`, field.description])
      const args = 'args' in field ? field.args : []
      for (const arg of args) parts.push([`${type.name}.${field.name}(${arg.name})`, arg.description])
    }
  }
  if (isEnumType(type)) {
    for (const value of type.getValues()) parts.push([`${type.name}.${value.name}`, value.description])
  }
  return parts.filter(([, description]) => !description).map(([name]) => name)
}
