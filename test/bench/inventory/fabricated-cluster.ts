import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  createSelfSignedCertificate,
  fingerprintSha256,
} from '@flotilla/simulator/fleet/self-signed-certificate'

/** A cluster of foreign volumes that are made up page by page, as a simulated cluster could not hold so many. */
const total = Number(process.argv[2])
const ID = '01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77'

const tls = await createSelfSignedCertificate({ commonName: 'fabricated' })
const server = createServer({ cert: tls.certificatePem, key: tls.privateKeyPem }, (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'https://fabricated')
  const answer = pathname.endsWith('/volumes')
    ? page(searchParams.get('offsetUUID'), Number(searchParams.get('limit')))
    : identity()
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

function identity(): object {
  return { UUID: ID, clusterName: 'fabricated', MinVersionInCluster: '3.1.0', apiEndpoints: [] }
}

function page(after: string | null, limit: number): object {
  const first = after === null ? 0 : Number.parseInt(after.slice(-12), 16) + 1
  const count = Math.max(0, Math.min(limit, total - first))
  return { volumes: Array.from({ length: count }, (_, index) => volume(first + index)) }
}

function volume(index: number): object {
  return {
    UUID: `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`,
    name: `somebody-elses-volume-${index}`,
    projectName: 'default',
    size: String(107_374_182_400 + index * 4096),
    replicaCount: 2,
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
