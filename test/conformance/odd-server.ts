import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { ClusterTarget } from '@flotilla/core/ports/cluster-driver'
import {
  createSelfSignedCertificate,
  fingerprintSha256,
} from '@flotilla/simulator/fleet/self-signed-certificate'
import { onTestFinished } from 'vitest'

export interface OddServer {
  /** To be spread over; the token is `canary-token`. */
  readonly target: ClusterTarget
  readonly requests: () => number
}

/** An HTTPS server that answers whatever the test likes; it is closed when the test ends. */
export async function startOddServer(answer: RequestListener): Promise<OddServer> {
  const { certificatePem, privateKeyPem } = await createSelfSignedCertificate({ commonName: 'odd' })
  let requests = 0
  const server = createServer({ cert: certificatePem, key: privateKeyPem }, (request, response) => {
    requests += 1
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  return {
    target: {
      endpoints: [`https://127.0.0.1:${(server.address() as AddressInfo).port}`],
      tls: { mode: 'PINNED', certificateSha256: fingerprintSha256(certificatePem) },
      credential: { kind: 'TOKEN', token: 'canary-token' },
      requestTimeoutMs: 5_000,
      expectedBackendId: null,
    },
    requests: () => requests,
  }
}
