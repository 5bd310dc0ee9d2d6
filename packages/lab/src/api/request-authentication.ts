import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { Identity } from '../ports.ts'

const ANONYMOUS: Identity = { username: 'system:anonymous', groups: ['system:unauthenticated'] }

const BEARER_PROTOCOL = 'base64url.bearer.authorization.k8s.io.'

const certificates = new WeakMap<TLSSocket, Identity | 'invalid' | 'none'>()

/** Identity of the client certificate: common name and organisations. Looked at once per connection. */
function certificateIdentity(socket: TLSSocket): Identity | 'invalid' | 'none' {
  const known = certificates.get(socket)
  if (known) return known
  const peer = socket.getPeerCertificate()
  let result: Identity | 'invalid' | 'none' = 'none'
  if (peer && Object.keys(peer).length > 0) {
    const { CN, O } = peer.subject as { CN?: string; O?: string | string[] }
    const groups = O === undefined ? [] : Array.isArray(O) ? O : [O]
    result =
      socket.authorized && CN
        ? {
            username: CN,
            groups: [...groups, 'system:authenticated'],
            extra: {
              'authentication.kubernetes.io/credential-id': [
                `X509SHA256=${createHash('sha256').update(peer.raw).digest('hex')}`,
              ],
            },
          }
        : 'invalid'
  }
  certificates.set(socket, result)
  return result
}

/** Bearer token of a request: the Authorization header, or for browsers a WebSocket subprotocol. */
function bearerToken(request: IncomingMessage): string | undefined {
  const header = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1]
  if (header) return header
  const protocol = (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((p) => p.trim())
    .find((p) => p.startsWith(BEARER_PROTOCOL))
  return protocol ? Buffer.from(protocol.slice(BEARER_PROTOCOL.length), 'base64url').toString('utf8') : undefined
}

/**
 * Who sends a request: client certificate, then bearer token, else anonymous. Undefined when credentials are given and
 * none of them is valid.
 */
export function authenticateRequest(
  request: IncomingMessage,
  verify: (token: string) => Identity | undefined,
): Identity | undefined {
  const certificate = certificateIdentity(request.socket as TLSSocket)
  if (typeof certificate === 'object') return certificate
  const token = bearerToken(request)
  if (token !== undefined) return verify(token)
  return certificate === 'invalid' ? undefined : ANONYMOUS
}

/** Addresses a request came through: forwarded ones first, the connection's last. */
export function sourceAddresses(request: IncomingMessage): string[] {
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((ip) => ip.trim())
    .filter((ip) => ip !== '')
  const remote = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  return [...new Set([...forwarded, ...(remote ? [remote] : [])])]
}
