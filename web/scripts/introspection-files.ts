import { minifyIntrospection, outputIntrospectionFile } from 'gql.tada/internal'
import { buildSchema, introspectionFromSchema } from 'graphql'

/** The two files that the client derives from the API's SDL, by path relative to `web/`. */
export const TYPES_PATH = 'src/graphql/graphql-env.d.ts'
export const INTROSPECTION_PATH = 'src/graphql/generated/introspection.json'

/** Derives both from the SDL: types for gql.tada, and what Graphcache needs to know of unions and interfaces. */
export function introspectionFiles(sdl: string): ReadonlyMap<string, string> {
  const introspection = introspectionFromSchema(buildSchema(sdl), { descriptions: false })
  const minified = minifyIntrospection(introspection)
  return new Map([
    [TYPES_PATH, outputIntrospectionFile(introspection, { fileType: '.d.ts', shouldPreprocess: true })],
    [INTROSPECTION_PATH, `${JSON.stringify({ __schema: minified.__schema })}\n`],
  ])
}
