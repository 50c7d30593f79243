import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSchema, createYoga } from 'graphql-yoga'

/** The least that a Yoga server can do for a mutation: parse, validate, execute, answer. A program of its own. */
const yoga = createYoga({
  schema: createSchema({
    typeDefs: `
      input CreateInput { idempotencyKey: String!, name: String!, sizeBytes: String! }
      type Volume { id: ID!, state: String! }
      type Query { ok: Boolean }
      type Mutation { create(input: CreateInput!): Volume }`,
    resolvers: {
      Mutation: {
        create: (_root: unknown, { input }: { input: { name: string } }) => ({
          id: input.name,
          state: 'CREATING',
        }),
      },
    },
  }),
  logging: false,
  graphiql: false,
  landingPage: false,
})

const server = createServer(yoga)
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}` })
})
