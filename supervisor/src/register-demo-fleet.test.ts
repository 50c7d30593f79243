import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openHomeFolder } from './home-folder.ts'
import { registerDemoFleet } from './register-demo-fleet.ts'

interface Member {
  id: string
  name: string
  endpoints: string[]
}

interface Request {
  query: string
  variables: { input: Member }
}

/** As much of the API as registering takes: it remembers the members and how it was asked. */
let members: Member[]
let authorization: string | undefined
let refusal: object | null

const api = createServer(async (request, response) => {
  const { query, variables } = (await json(request)) as Request
  authorization = request.headers.authorization
  const { input } = variables
  if (query.includes('registerCluster')) members.push({ ...input, id: `cls_${members.length}` })
  if (query.includes('updateCluster')) {
    members = members.map((member) => (member.id === input.id ? { ...member, ...input } : member))
  }
  const data = query.includes('clusters(')
    ? { clusters: { nodes: members } }
    : { result: refusal ?? { __typename: 'P' } }
  response.end(JSON.stringify({ data }))
})

let folder: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-demo-'))
  members = []
  refusal = null
  api.listen(0, '127.0.0.1')
  await once(api, 'listening')
})

afterEach(async () => {
  rmSync(folder, { recursive: true, force: true })
  api.closeAllConnections()
  await new Promise((done) => api.close(done))
})

function register(clusters: { name: string; port: number }[]): Promise<void> {
  const address = api.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const home = openHomeFolder(folder)
  const described = clusters.map((cluster) => ({
    name: cluster.name,
    endpoint: `https://127.0.0.1:${cluster.port}`,
    fingerprintSha256: 'ab',
    token: 'secret',
    labels: { site: 'north' },
  }))
  writeFileSync(home.demoFleetFile, JSON.stringify({ clusters: described }))
  const url = `http://127.0.0.1:${port}`
  const signal = AbortSignal.timeout(10_000)
  return registerDemoFleet({ url, token: 'flo_1_2', home, log: () => {}, signal })
}

const endpoints = () => members.map(({ name, endpoints }) => [name, ...endpoints])

test('members are made once, and follow a cluster that has moved', async () => {
  await register([{ name: 'a', port: 1 }])
  expect(authorization).toBe('Bearer flo_1_2')
  await register([
    { name: 'a', port: 1 },
    { name: 'b', port: 2 },
  ])
  expect(endpoints()).toEqual([
    ['a', 'https://127.0.0.1:1'],
    ['b', 'https://127.0.0.1:2'],
  ])
  await register([
    { name: 'a', port: 9 },
    { name: 'b', port: 2 },
  ])
  expect(endpoints()).toEqual([
    ['a', 'https://127.0.0.1:9'],
    ['b', 'https://127.0.0.1:2'],
  ])
})

test('a refusal is passed on in its own words', async () => {
  refusal = { __typename: 'InvalidInputError', message: 'no such driver' }
  await expect(register([{ name: 'a', port: 1 }])).rejects.toThrow(
    'registerCluster: InvalidInputError: no such driver',
  )
})
