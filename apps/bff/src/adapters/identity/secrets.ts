import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A new secret of 256 bits as text that survives URLs, headers and double clicks. */
export function newSecret(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url').replaceAll('-', 'x').replaceAll('_', 'y')
}

/** What is stored of a session id or token. Secrets of 256 bits need no slow hash. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Compares without telling by time how much was right. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(expected).digest())
}
