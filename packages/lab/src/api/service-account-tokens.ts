import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import type { Identity } from '../ports.ts'
import type { Store } from '../store/store.ts'

export interface TokenBinding {
  namespace: string
  serviceAccount: string
  /** Bound to a pod: the token dies with it. */
  pod?: { name: string; uid: string; node?: { name: string; uid: string } }
  secret?: { name: string; uid: string }
  audiences: string[]
  expirationSeconds: number
}

export interface IssuedToken {
  token: string
  jti: string
  expirationTimestamp: string
}

/** Signs and checks the JSON Web Tokens of service accounts (RFC 7519, RS256). */
export interface ServiceAccountTokens {
  readonly issuer: string
  issue(binding: TokenBinding): IssuedToken
  /** Identity of a valid token, with its audiences. Undefined for anything forged, expired, or bound to what is gone. */
  verify(token: string): { identity: Identity; audiences: string[] } | undefined
  /** JSON Web Key Set for OIDC discovery. */
  jwks(): object
}

const encode = (value: object | Uint8Array): string =>
  Buffer.from(value instanceof Uint8Array ? value : JSON.stringify(value)).toString('base64url')

interface Claims {
  aud: string[]
  exp: number
  iat: number
  iss: string
  jti: string
  nbf: number
  sub: string
  'kubernetes.io': {
    namespace: string
    serviceaccount: { name: string; uid: string }
    pod?: { name: string; uid: string }
    node?: { name: string; uid: string }
    secret?: { name: string; uid: string }
  }
}

/** @param signingKeyPem RSA private key (PKCS#8). Generated when left out; tokens then end with the process. */
export function createServiceAccountTokens(
  store: Store,
  now: () => Date,
  options: { signingKeyPem?: string; issuer?: string } = {},
): ServiceAccountTokens {
  const issuer = options.issuer ?? 'https://kubernetes.default.svc.cluster.local'
  const privateKey: KeyObject = options.signingKeyPem
    ? createPrivateKey(options.signingKeyPem)
    : generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const publicKey = createPublicKey(privateKey)
  const kid = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url')

  return {
    issuer,
    jwks: () => ({ keys: [{ use: 'sig', ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256' }] }),
    issue(binding) {
      const account = store.get('/serviceaccounts', `${binding.namespace}/${binding.serviceAccount}`)
      const iat = Math.floor(now().getTime() / 1000)
      const exp = iat + binding.expirationSeconds
      const jti = randomUUID()
      const { pod } = binding
      const claims: Claims = {
        aud: binding.audiences,
        exp,
        iat,
        iss: issuer,
        jti,
        'kubernetes.io': {
          namespace: binding.namespace,
          ...(pod?.node ? { node: pod.node } : {}),
          ...(pod ? { pod: { name: pod.name, uid: pod.uid } } : {}),
          ...(binding.secret ? { secret: binding.secret } : {}),
          serviceaccount: { name: binding.serviceAccount, uid: account?.metadata.uid ?? '' },
        },
        nbf: iat,
        sub: `system:serviceaccount:${binding.namespace}:${binding.serviceAccount}`,
      }
      const unsigned = `${encode({ alg: 'RS256', kid })}.${encode(claims)}`
      const token = `${unsigned}.${encode(sign('sha256', Buffer.from(unsigned), privateKey))}`
      return { token, jti, expirationTimestamp: `${new Date(exp * 1000).toISOString().slice(0, 19)}Z` }
    },
    verify(token) {
      const parts = token.split('.')
      if (parts.length !== 3) return undefined
      const [head, body, signature] = parts as [string, string, string]
      if (!verify('sha256', Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, 'base64url')))
        return undefined
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Claims
      const seconds = now().getTime() / 1000
      if (claims.iss !== issuer || claims.exp <= seconds || claims.nbf > seconds + 10) return undefined
      return stillBound(store, claims) ? { identity: identityOf(claims), audiences: claims.aud } : undefined
    },
  }
}

function stillBound(store: Store, claims: Claims): boolean {
  const { namespace, serviceaccount, pod, secret } = claims['kubernetes.io']
  if (store.get('/serviceaccounts', `${namespace}/${serviceaccount.name}`)?.metadata.uid !== serviceaccount.uid)
    return false
  if (secret && store.get('/secrets', `${namespace}/${secret.name}`)?.metadata.uid !== secret.uid) return false
  return !pod || store.get('/pods', `${namespace}/${pod.name}`)?.metadata.uid === pod.uid
}

function identityOf(claims: Claims): Identity {
  const { namespace, serviceaccount, pod, node } = claims['kubernetes.io']
  const key = (name: string) => `authentication.kubernetes.io/${name}`
  return {
    username: claims.sub,
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      [key('credential-id')]: [`JTI=${claims.jti}`],
      ...(node ? { [key('node-name')]: [node.name], [key('node-uid')]: [node.uid] } : {}),
      ...(pod ? { [key('pod-name')]: [pod.name], [key('pod-uid')]: [pod.uid] } : {}),
    },
  }
}
