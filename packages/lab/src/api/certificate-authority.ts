import 'reflect-metadata'
import { generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const YEAR_MS = 365 * 24 * 3600 * 1000

export interface IssuedCertificate {
  certPem: string
  keyPem: string
}

/** The cluster's certificate authority and the key that signs service account tokens. */
export interface CertificateAuthority {
  readonly caPem: string
  /** RSA key (PKCS#8 PEM) of service account tokens. */
  readonly serviceAccountKeyPem: string
  /** Certificate of a server for these host names and addresses. */
  issueServing(hosts: string[]): Promise<IssuedCertificate>
  /** Client certificate: the common name is the user, the organisations are the groups. */
  issueClient(username: string, groups: string[]): Promise<IssuedCertificate>
  /** Signs the PKCS#10 request of a CertificateSigningRequest; its subject becomes the identity. @throws on bad input. */
  signRequest(csrPem: string, expirationSeconds?: number): Promise<string>
}

interface Keys {
  caKeyPem: string
  caPem: string
  serviceAccountKeyPem: string
}

const pemOf = (label: string, der: ArrayBuffer): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END ${label}-----\n`

const importKey = (pem: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64'), ALGORITHM, true, [
    'sign',
  ])

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>

const exportKey = async (key: webcrypto.CryptoKey): Promise<string> =>
  pemOf('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', key))

const serial = (): string => `00${randomBytes(12).toString('hex')}`

const escapeName = (value: string): string => value.replace(/([,+"\\<>;=#])/g, '\\$1')

/**
 * Opens the authority of a cluster. With `dir` its keys are kept there, readable for the owner only, so that
 * certificates and tokens stay valid over restarts.
 */
export async function createCertificateAuthority(
  options: { dir?: string; name?: string } = {},
): Promise<CertificateAuthority> {
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0])
  const keys = await loadKeys(options.dir, options.name ?? 'kubernetes')
  const signingKey = await importKey(keys.caKeyPem)
  const ca = new x509.X509Certificate(keys.caPem)

  const issue = async (
    subject: string,
    publicKey: webcrypto.CryptoKey | x509.PublicKey,
    usage: string,
    more: { hosts?: string[]; lifetimeMs?: number } = {},
  ) => {
    const now = Date.now()
    const extensions: x509.Extension[] = [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension([usage]),
    ]
    if (more.hosts)
      extensions.push(
        new x509.SubjectAlternativeNameExtension(
          more.hosts.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value })),
        ),
      )
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject,
      issuer: ca.subject,
      notBefore: new Date(now - 60_000),
      notAfter: new Date(now + (more.lifetimeMs ?? YEAR_MS)),
      publicKey,
      signingKey,
      signingAlgorithm: ALGORITHM,
      extensions,
    })
    return `${certificate.toString('pem')}\n`
  }

  return {
    caPem: keys.caPem,
    serviceAccountKeyPem: keys.serviceAccountKeyPem,
    async issueServing(hosts) {
      const pair = await newKeys()
      const certPem = await issue('CN=kube-apiserver', pair.publicKey, x509.ExtendedKeyUsage.serverAuth, { hosts })
      return { certPem, keyPem: await exportKey(pair.privateKey) }
    },
    async issueClient(username, groups) {
      const pair = await newKeys()
      const subject = [...groups.map((group) => `O=${escapeName(group)}`), `CN=${escapeName(username)}`].join(', ')
      const certPem = await issue(subject, pair.publicKey, x509.ExtendedKeyUsage.clientAuth)
      return { certPem, keyPem: await exportKey(pair.privateKey) }
    },
    async signRequest(csrPem, expirationSeconds) {
      const request = new x509.Pkcs10CertificateRequest(csrPem)
      if (!(await request.verify())) throw new Error('the signature of the certificate request does not match its key')
      return issue(
        request.subject,
        request.publicKey,
        x509.ExtendedKeyUsage.clientAuth,
        expirationSeconds ? { lifetimeMs: expirationSeconds * 1000 } : {},
      )
    },
  }
}

async function loadKeys(dir: string | undefined, name: string): Promise<Keys> {
  const path = dir ? join(dir, 'authority.json') : undefined
  if (path && existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Keys
  const keys = await newAuthority(name)
  if (path) {
    mkdirSync(dir!, { recursive: true, mode: 0o700 })
    writeFileSync(`${path}.new`, JSON.stringify(keys), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  return keys
}

async function newAuthority(name: string): Promise<Keys> {
  const pair = await newKeys()
  const now = Date.now()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=${escapeName(name)}`,
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + 10 * YEAR_MS),
    keys: pair,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(pair.publicKey),
    ],
  })
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    caKeyPem: await exportKey(pair.privateKey),
    caPem: `${certificate.toString('pem')}\n`,
    serviceAccountKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}
