import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  createSelfSignedCertificate,
  fingerprintSha256,
} from '@flotilla/simulator/fleet/self-signed-certificate'

/** A cluster of foreign volumes that are made up page by page, as a simulated cluster could not hold so many. */
const [total, number] = process.argv.slice(2).map(Number) as [number, number?]
const ID = `01939b6c-7b1e-7c3a-9d52-${String(number ?? 0).padStart(12, '0')}`
const SMALLEST_BYTES = 107_374_182_400
const STEP_BYTES = 4096
const REPLICAS = 2
/** What the volumes below add up to; more than a number holds exactly. */
const PROVISIONED_BYTES =
  BigInt(REPLICAS) *
  (BigInt(total) * BigInt(SMALLEST_BYTES) + (BigInt(STEP_BYTES) * BigInt(total) * BigInt(total - 1)) / 2n)

const tls = await createSelfSignedCertificate({ commonName: 'fabricated' })
const server = createServer({ cert: tls.certificatePem, key: tls.privateKeyPem }, (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'https://fabricated')
  const answer = answerTo(pathname.slice(pathname.lastIndexOf('/') + 1), searchParams)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer))
})
// Who keeps a million volumes, or shares a busy machine, may be silent for longer than Node's five seconds.
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const certificateSha256 = fingerprintSha256(tls.certificatePem)
  process.send?.({ type: 'ready', endpoint: `https://127.0.0.1:${port}`, certificateSha256, backendId: ID })
})
process.on('disconnect', () => process.exit(0))

function answerTo(what: string, parameters: URLSearchParams): object {
  switch (what) {
    case 'volumes':
      return page(parameters.get('offsetUUID'), Number(parameters.get('limit')))
    case 'snapshots':
      return { snapshots: [] }
    case 'nodes':
      return { nodes: [] }
    case 'version':
      return { apiVersion: 'v2.0' }
    default:
      return cluster()
  }
}

function cluster(): object {
  return {
    UUID: ID,
    clusterName: 'fabricated',
    MinVersionInCluster: '3.1.0',
    apiEndpoints: [],
    subsystemNQN: `nqn.2016-01.com.example:uuid:${ID}`,
    discoveryEndpoints: [],
    currentMaxReplicas: 3,
    statistics: {
      effectivePhysicalStorage: String(PROVISIONED_BYTES),
      logicalStorage: String(PROVISIONED_BYTES),
      physicalUsedStorage: '0',
      freePhysicalStorage: String(PROVISIONED_BYTES),
    },
  }
}

function page(after: string | null, limit: number): object {
  const first = after === null ? 0 : Number.parseInt(after.slice(-12), 16) + 1
  const count = Math.max(0, Math.min(limit, total - first))
  return { volumes: Array.from({ length: count }, (_, index) => volume(first + index)) }
}

function volume(index: number): object {
  return {
    UUID: `${String(number ?? 0).padStart(8, '0')}-0000-4000-8000-${index.toString(16).padStart(12, '0')}`,
    name: `somebody-elses-volume-${index}`,
    projectName: 'default',
    size: String(SMALLEST_BYTES + index * STEP_BYTES),
    replicaCount: REPLICAS,
    compression: 'false',
    qosPolicyName: '',
    labels: [{ key: 'owner', value: `team-${index % 100}` }],
    state: 'Available',
    protectionState: 'FullyProtected',
    acl: { values: ['nqn.2014-08.org.nvmexpress:uuid:6d9a7bb4-1f31-4c0e-8bb8-5d1f4a0a3c11'] },
    IPAcl: { values: ['ALLOW_ANY'] },
    ETag: '1',
  }
}
