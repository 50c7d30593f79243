import './reflect-metadata-shim.ts'
import { createHash, X509Certificate } from 'node:crypto'
import type { TlsIdentity } from '../http/cluster-server.ts'

const { SubjectAlternativeNameExtension, X509CertificateGenerator } = await import('@peculiar/x509')

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY_MS = 24 * 60 * 60 * 1000

export interface CertificateRequest {
  readonly commonName: string
  /** Days from now; negative makes a certificate that has expired. */
  readonly validDays?: number
  /** DNS names and addresses; by default those of loopback. */
  readonly dnsNames?: readonly string[]
  readonly addresses?: readonly string[]
}

/** A fresh EC P-256 key with a certificate that it signed itself, as the real clusters come with. */
export async function createSelfSignedCertificate(request: CertificateRequest): Promise<TlsIdentity> {
  const { commonName, validDays = 3650, dnsNames = ['localhost'], addresses = ['127.0.0.1'] } = request
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const notAfter = new Date(Date.now() + validDays * DAY_MS)
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    notBefore: new Date(Math.min(Date.now(), notAfter.getTime()) - DAY_MS),
    notAfter,
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new SubjectAlternativeNameExtension([
        ...dnsNames.map((value) => ({ type: 'dns', value }) as const),
        ...addresses.map((value) => ({ type: 'ip', value }) as const),
      ]),
    ],
  })
  const privateKey = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    certificatePem: certificate.toString('pem'),
    privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${privateKey}\n-----END PRIVATE KEY-----\n`,
  }
}

/** SHA-256 over the certificate's DER, as 64 lower-case hex digits without colons. */
export function fingerprintSha256(certificatePem: string): string {
  return createHash('sha256').update(new X509Certificate(certificatePem).raw).digest('hex')
}
