import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { canonicalJson } from './canonical.ts'

/** Place of an entry in the chain; its hash covers every entry up to it. */
export interface Head {
  seq: number
  hash: string
}

/** Says, under a key, that the chain had this head at this time (ISO 8601, UTC). */
export interface Checkpoint extends Head {
  at: string
  /** Which key signed: `keyIdOf`. */
  keyId: string
  /** Ed25519, 64 bytes as lower-case hex: an encoding without spare bits, so that no two texts mean one signature. */
  signature: string
}

export interface Signer {
  keyId: string
  /** SubjectPublicKeyInfo, PEM. */
  publicKey: string
  /** Signature over `purpose` and the canonical JSON of `value`. One purpose never passes for another. */
  sign(purpose: SignedPurpose, value: unknown): string
}

export type SignedPurpose = 'checkpoint' | 'seal'

/** A new Ed25519 private key, PKCS #8 PEM. */
export function newSigningKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Throws when the PEM isn't an Ed25519 private key. */
export function signerOf(privateKeyPem: string): Signer {
  const key = createPrivateKey(privateKeyPem)
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('The signing key of the ledger must be an Ed25519 key.')
  const publicKey = createPublicKey(key)
  return {
    keyId: keyIdOf(publicKey),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (purpose, value) => sign(null, signedBytes(purpose, value), key).toString('hex'),
  }
}

/** Reads a public key, PEM. Throws when it isn't an Ed25519 key. */
export function publicKeyOf(pem: string): KeyObject {
  const key = createPublicKey(pem)
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('Not an Ed25519 public key.')
  return key
}

/** Short name of a public key: the first 16 hex digits of SHA-256 over its SubjectPublicKeyInfo. */
export function keyIdOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16)
}

export function isSignedBy(key: KeyObject, purpose: SignedPurpose, value: unknown, signature: string): boolean {
  if (!/^[0-9a-f]{128}$/.test(signature)) return false
  return verify(null, signedBytes(purpose, value), key, Buffer.from(signature, 'hex'))
}

export function signCheckpoint(signer: Signer, head: Head, at: string): Checkpoint {
  const said = { seq: head.seq, hash: head.hash, at, keyId: signer.keyId }
  return { ...said, signature: signer.sign('checkpoint', said) }
}

export function isCheckpointSigned(key: KeyObject, { seq, hash, at, keyId, signature }: Checkpoint): boolean {
  return isSignedBy(key, 'checkpoint', { seq, hash, at, keyId }, signature)
}

function signedBytes(purpose: SignedPurpose, value: unknown): Buffer {
  return Buffer.from(`cordon-ledger-${purpose}:1\n${canonicalJson(value)}`)
}
