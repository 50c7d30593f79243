import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import type { ClusterTls } from '@flotilla/core/clusters/cluster'
import type {
  ClusterCredential,
  ClusterTarget,
  DriverError,
  SigningKey,
} from '@flotilla/core/ports/cluster-driver'
import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'
import { Agent, request } from 'undici'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { expectFailure, failureOf } from './driver-failure.ts'
import { connect, driversUnderTest, startCluster } from './drivers-under-test.ts'
import { startOddServer } from './odd-server.ts'
import { volumeSpec } from './volume-spec.ts'

const newKey = (keyId: string) => ({
  keyId,
  privateKeyPem: generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString(),
})
const KEY = newKey('flotilla')
const NEXT_KEY = newKey('flotilla-2')

const PINNED_TO_ANOTHER: ClusterTls = { mode: 'PINNED', certificateSha256: 'ab'.repeat(32) }

afterEach(() => vi.unstubAllEnvs())

describe.each(driversUnderTest)('driver $driver.kind and trust', (subject) => {
  describe('in certificates', () => {
    it('trusts the CA it was given', async () => {
      const cluster = await startCluster(subject)
      const tls: ClusterTls = { mode: 'CA', caCertificatePem: cluster.certificatePem }
      expect(await connect(subject, cluster, { tls }).identify()).toMatchObject({ backendId: cluster.uuid })
    })

    it('trusts the pinned certificate even when it is expired and made out to another name', async () => {
      const cluster = await startCluster(subject)
      await cluster.changeCertificate({ validDays: -1, dnsNames: ['elsewhere'], addresses: [] })
      await connect(subject, cluster).identify()
    })

    it('sends nothing to a self-signed certificate under the system roots', async () => {
      const cluster = await startCluster(subject)
      await expectNothingSent(cluster, { tls: { mode: 'SYSTEM' } })
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
      await expectNothingSent(cluster, { tls: { mode: 'SYSTEM' } })
    })

    it('N5: sends nothing to another certificate than the pinned one, and shows which it saw', async () => {
      const cluster = await startCluster(subject)
      const { message } = await expectNothingSent(cluster, { tls: PINNED_TO_ANOTHER })
      expect(message).toContain(cluster.fingerprintSha256)
    })

    it('N5: notices when the pinned certificate is replaced', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      await session.identify()
      await cluster.changeCertificate()
      // Until the old connection is noticed to be cut, it fails as that.
      await vi.waitFor(() => expectFailure(session.identify(), 'UNAVAILABLE', 'TLS'))
      await expectFailure(session.createVolume(volumeSpec()), 'UNAVAILABLE', 'TLS')
    })

    it.each([
      ['expired', { validDays: -1 }],
      ['made out to another name', { dnsNames: ['elsewhere'], addresses: ['10.0.0.1'] }],
    ])('N5: sends nothing when the certificate is %s, though the CA is right', async (_what, request) => {
      const cluster = await startCluster(subject)
      await cluster.changeCertificate(request)
      await expectNothingSent(cluster, {
        tls: { mode: 'CA', caCertificatePem: cluster.certificatePem },
      })
    })

    it('N5: sends nothing when another CA signed', async () => {
      const cluster = await startCluster(subject)
      const another = await startCluster(subject)
      await expectNothingSent(cluster, { tls: { mode: 'CA', caCertificatePem: another.certificatePem } })
    })

    it('sends nothing to a server without TLS', async () => {
      const plain = createServer(() => expect.fail('a request arrived in the clear')).listen(0, '127.0.0.1')
      await once(plain, 'listening')
      onTestFinished(() => void plain.close())
      const endpoints = [`https://127.0.0.1:${(plain.address() as AddressInfo).port}`]
      const cluster = await startCluster(subject)
      await expectFailure(connect(subject, cluster, { endpoints }).identify(), 'UNAVAILABLE', 'TLS')
    })

    it('refuses a CA that is none', async () => {
      const cluster = await startCluster(subject)
      const tls: ClusterTls = { mode: 'CA', caCertificatePem: 'garbage' }
      await expectFailure((async () => connect(subject, cluster, { tls }))(), 'REFUSED', 'INVALID_ARGUMENT')
    })
  })

  describe('in tokens', () => {
    it('N6: an expired or unknown one is UNAUTHENTICATED, and is not tried again', async () => {
      const cluster = await startCluster(subject)
      const role = { scope: 'system', role: 'cluster-admin' }
      const expired = await cluster.issueToken({ ...role, expiresInSeconds: -10 })
      await expectFailure(
        connect(subject, cluster, { credential: { kind: 'TOKEN', token: expired } }).identify(),
        'UNAUTHORIZED',
        'UNAUTHENTICATED',
      )
      const odd = await startOddServer((_request, response) => void response.writeHead(401).end())
      await expectFailure(connect(subject, cluster, odd.target).identify(), 'UNAUTHORIZED', 'UNAUTHENTICATED')
      expect(odd.requests()).toBe(1)
    })

    it('one with too small a role is FORBIDDEN', async () => {
      const cluster = await startCluster(subject)
      const viewer = { scope: 'system', role: 'cluster-viewer', expiresInSeconds: 60 }
      const credential: ClusterCredential = { kind: 'TOKEN', token: await cluster.issueToken(viewer) }
      const session = connect(subject, cluster, { credential })
      await session.observeStatistics()
      await expectFailure(session.createVolume(volumeSpec()), 'UNAUTHORIZED', 'FORBIDDEN')
    })

    it.each(['', 'two words', 'line\nbreak', 'umläut'])(
      '%o is refused before anything is sent',
      async (token) => {
        const cluster = await startCluster(subject)
        const credential: ClusterCredential = { kind: 'TOKEN', token }
        await expectFailure(
          connect(subject, cluster, { credential }).identify(),
          'UNAUTHORIZED',
          'UNAUTHENTICATED',
        )
      },
    )

    it('takes one with blanks around it, as files have them', async () => {
      const cluster = await startCluster(subject)
      const credential: ClusterCredential = { kind: 'TOKEN', token: `${cluster.token}\n` }
      await connect(subject, cluster, { credential }).identify()
    })
  })

  describe('in a key pair', () => {
    const credential: ClusterCredential = { kind: 'KEY_PAIR', keys: [KEY] }

    it('is UNAUTHENTICATED until the public key is imported, and again when it is removed', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster, { credential })
      await expectFailure(session.identify(), 'UNAUTHORIZED', 'UNAUTHENTICATED')
      await importKey(cluster, KEY)
      await session.identify()
      await session.createVolume(volumeSpec())
      await removeKey(cluster, KEY)
      await expectFailure(session.observeStatistics(), 'UNAUTHORIZED', 'UNAUTHENTICATED')
    })

    it('goes on with the former key until the newest is imported, and with the newest when the former is removed', async () => {
      const cluster = await startCluster(subject)
      await importKey(cluster, KEY)
      const rotated: ClusterCredential = { kind: 'KEY_PAIR', keys: [NEXT_KEY, KEY] }
      const session = connect(subject, cluster, { credential: rotated })
      expect(session.acceptedKeyId()).toBeNull()
      await session.identify()
      await session.createVolume(volumeSpec())
      expect(session.acceptedKeyId()).toBe(KEY.keyId)
      await importKey(cluster, NEXT_KEY)
      await session.observeStatistics()
      await removeKey(cluster, KEY)
      await session.observeStatistics()
      await session.createVolume(volumeSpec())
      expect(session.acceptedKeyId()).toBe(NEXT_KEY.keyId)
      await removeKey(cluster, NEXT_KEY)
      await expectFailure(session.observeStatistics(), 'UNAUTHORIZED', 'UNAUTHENTICATED')
      expect(session.acceptedKeyId()).toBe(NEXT_KEY.keyId)
      await importKey(cluster, KEY)
      await session.observeStatistics()
      expect(session.acceptedKeyId()).toBe(KEY.keyId)
    })

    it('N6: tries one other token when the first is not accepted', async () => {
      const seen: string[] = []
      const odd = await startOddServer((request, response) => {
        seen.push(request.headers.authorization ?? '')
        response.writeHead(401).end()
      })
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster, { ...odd.target, credential })
      await expectFailure(session.createVolume(volumeSpec()), 'UNAUTHORIZED', 'UNAUTHENTICATED')
      expect(new Set(seen).size).toBe(2)
      expect(seen).toHaveLength(2)
    })

    it.each([
      ['garbage', 'garbage'],
      ['another kind of key', ecKeyPem()],
    ])('that is %s is refused before anything is sent', async (_what, privateKeyPem) => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster, {
        credential: { kind: 'KEY_PAIR', keys: [{ ...KEY, privateKeyPem }] },
      })
      await expectFailure(session.identify(), 'UNAUTHORIZED', 'UNAUTHENTICATED')
    })
  })

  describe('keeps credentials out of every error', () => {
    const faults = [
      { kind: 'error', status: 400 },
      { kind: 'error', status: 401 },
      { kind: 'error', status: 503 },
      { kind: 'dropAnswer' },
      { kind: 'truncateBody' },
    ] as const

    it.each(faults)('of a cluster with %o', async (fault) => {
      const cluster = await startCluster(subject)
      cluster.faults.set(fault)
      const session = connect(subject, cluster)
      expectHidden(await failureOf(session.createVolume(volumeSpec())), cluster.token)
      expectHidden(await failureOf(session.identify()), cluster.token)
    })

    it.each([200, 302, 400, 401, 404, 500])('of a server that echoes it with status %i', async (status) => {
      const odd = await startOddServer((request, response) => {
        const echo = request.headers.authorization ?? ''
        const body = { UUID: echo, code: 3, message: echo, error: echo, apiVersion: echo, [echo]: echo }
        response.writeHead(status, { location: `/${echo}`, 'x-echo': echo }).end(JSON.stringify(body))
      })
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster, odd.target)
      expectHidden(await failureOf(session.identify()), 'canary-token')
      expectHidden(await failureOf(session.createVolume(volumeSpec())), 'canary-token')
    })

    it('of a server that breaks the protocol with it', async () => {
      const odd = await startOddServer((request) => {
        request.socket.end(`${request.headers.authorization} is no HTTP\r\n\r\n`)
      })
      const cluster = await startCluster(subject)
      const error = await expectFailure(
        connect(subject, cluster, odd.target).findVolume('default', 'any'),
        'UNAVAILABLE',
        'MALFORMED_ANSWER',
      )
      expectHidden(error, 'canary-token')
    })

    it('of a self-signed token, whole or in part, and of its key', async () => {
      let sent = ''
      const odd = await startOddServer((request, response) => {
        sent = request.headers.authorization?.slice('Bearer '.length) ?? ''
        response.writeHead(400).end(`${'x'.repeat(300)} ${sent}`)
      })
      const cluster = await startCluster(subject)
      const credential: ClusterCredential = { kind: 'KEY_PAIR', keys: [KEY] }
      const error = await failureOf(connect(subject, cluster, { ...odd.target, credential }).identify())
      expectHidden(error, sent)
      expectHidden(error, sent.slice(0, 40))
      expectHidden(error, KEY.privateKeyPem.split('\n')[2] ?? '')
    })
  })

  /** TLS fails, and the cluster has not seen a request by then. */
  async function expectNothingSent(
    cluster: SimulatedCluster,
    changes: Partial<ClusterTarget>,
  ): Promise<DriverError> {
    cluster.faults.set({ kind: 'latency', delayMs: 0, times: 1 })
    const error = await expectFailure(
      connect(subject, cluster, changes).createVolume(volumeSpec()),
      'UNAVAILABLE',
      'TLS',
    )
    expect(cluster.faults.list()).toHaveLength(1)
    return error
  }
})

function expectHidden(error: DriverError, secret: string): void {
  const everything = [inspect(error, { depth: null, showHidden: true }), JSON.stringify(error), error.stack]
  expect(secret).not.toBe('')
  expect(everything.join('\n')).not.toContain(secret)
}

function importKey(cluster: SimulatedCluster, { keyId, privateKeyPem }: SigningKey): Promise<void> {
  return asAdministrator(cluster, 'POST', '/projects/system/credentials', {
    projectName: 'system',
    ID: keyId,
    type: 'RS256PubKey',
    payload: Buffer.from(publicPem(privateKeyPem)).toString('base64'),
  })
}

function removeKey(cluster: SimulatedCluster, { keyId }: SigningKey): Promise<void> {
  return asAdministrator(cluster, 'DELETE', `/projects/system/credentials/${keyId}`)
}

/** What the operator does by hand with the cluster's own tools. */
async function asAdministrator(
  cluster: SimulatedCluster,
  method: 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<void> {
  const dispatcher = new Agent({ connect: { ca: cluster.certificatePem } })
  const headers = { authorization: `Bearer ${cluster.token}` }
  const url = `${cluster.endpoint}/api/v2${path}`
  const answer = await request(url, { method, headers, dispatcher, body: body ? JSON.stringify(body) : null })
  expect(answer.statusCode, await answer.body.text()).toBe(200)
  await dispatcher.close()
}

function publicPem(privateKeyPem: string): string {
  return createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' }).toString()
}

function ecKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
