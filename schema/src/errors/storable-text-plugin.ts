import { type InputIssue, InvalidInputError } from '@flotilla/core/errors'
import { STORABLE_TEXT_ALLOWED, storableTextFault } from '@flotilla/core/units/storable-text'
import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import type { GraphQLFieldResolver } from 'graphql'

declare global {
  export namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      storableText: StorableTextPlugin<Types>
    }
  }
}

/**
 * Refuses texts that cannot be stored wherever they stand in the arguments of a field, before it is resolved: names that are only
 * looked for reach the database like those that are kept.
 */
class StorableTextPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolve: GraphQLFieldResolver<unknown, Types['Context'], object>,
    { args }: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (Object.keys(args).length === 0) return resolve
    return (parent, given, context, info) => {
      const [first, ...rest] = findUnstorable(given, [])
      if (first) throw new InvalidInputError([first, ...rest])
      return resolve(parent, given, context, info)
    }
  }
}

SchemaBuilder.registerPlugin('storableText', StorableTextPlugin)

function findUnstorable(value: unknown, path: readonly string[]): readonly InputIssue[] {
  if (typeof value === 'string') {
    const message = storableTextFault(value)
    return message ? [{ path, message, allowed: STORABLE_TEXT_ALLOWED }] : []
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) => findUnstorable(each, [...path, key]))
}
