import { createHash, X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates, type SecureContext, TLSSocket } from 'node:tls'
import type { ClusterTls } from '@flotilla/core/clusters/cluster'
import { DriverError } from '@flotilla/core/ports/cluster-driver'
import { buildConnector } from 'undici'

/** Our own refusal of a certificate; the code makes it count as a fault of TLS. */
class CertificateNotPinnedError extends Error {
  readonly code = 'ERR_TLS_CERTIFICATE_NOT_PINNED'
}

/**
 * Opens connections that are verified before anybody can write to them. Sessions are not resumed, so each
 * connection shows its certificate anew. Throws DriverError REFUSED when the CA given is no certificate.
 */
export function tlsConnector(tls: ClusterTls, connectTimeoutMs: number): buildConnector.connector {
  const options = { timeout: connectTimeoutMs, maxCachedSessions: 0, allowH2: false }
  switch (tls.mode) {
    case 'SYSTEM':
      return buildConnector({ ...options, rejectUnauthorized: true, secureContext: systemRoots() })
    case 'CA':
      return buildConnector({
        ...options,
        rejectUnauthorized: true,
        secureContext: privateRoots(tls.caCertificatePem),
      })
    case 'PINNED':
      // The pin replaces chain and host name: the handshake proves the key of the very certificate it names.
      return onlyPinned(buildConnector({ ...options, rejectUnauthorized: false }), tls.certificateSha256)
  }
}

function onlyPinned(connect: buildConnector.connector, certificateSha256: string): buildConnector.connector {
  return (options, callback) => {
    connect(options, (error, socket) => {
      if (error) {
        callback(error, null)
        return
      }
      const seen = socket instanceof TLSSocket ? leafSha256(socket) : 'none'
      if (seen === certificateSha256.toLowerCase()) {
        callback(null, socket)
        return
      }
      socket.destroy()
      callback(
        new CertificateNotPinnedError(`the certificate's SHA-256 is ${seen}, not the pinned one`),
        null,
      )
    })
  }
}

function leafSha256(socket: TLSSocket): string {
  const certificate = socket.getPeerX509Certificate()
  return certificate ? createHash('sha256').update(certificate.raw).digest('hex') : 'none'
}

/** The CAs given and no others. Node would take text without a certificate in silence, hence the look at it. */
function privateRoots(caCertificatePem: string): SecureContext {
  try {
    new X509Certificate(caCertificatePem)
    return createSecureContext({ ca: caCertificatePem })
  } catch {
    throw new DriverError(
      'REFUSED',
      'INVALID_ARGUMENT',
      'the CA certificate is no PEM certificate; nothing was sent',
    )
  }
}

let systemRootsContext: SecureContext | undefined

/** Node's roots and the operating system's, where a site installs its own. Built once, because it is large. */
function systemRoots(): SecureContext {
  systemRootsContext ??= createSecureContext({
    ca: [...getCACertificates('default'), ...getCACertificates('system')],
  })
  return systemRootsContext
}
