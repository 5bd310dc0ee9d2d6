import type { Request } from 'express'
import type { Sessions } from '../adapters/identity/sessions.ts'
import type { Tokens } from '../adapters/identity/tokens.ts'
import type { Actor } from '../deps.ts'
import { Refusal } from '../refusal.ts'

export interface Identities {
  sessions: Sessions
  tokens: Tokens
  /** Name of the session cookie; with TLS the browser enforces that it is secure and for this host only. */
  cookie: string
}

export function cookieName(tls: boolean): string {
  return tls ? '__Host-cordon_session' : 'cordon_session'
}

/** The session id the browser sent, if any. */
export function sessionId(request: Request, cookie: string): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.split('=')
    if (name?.trim() === cookie && value) return value.trim()
  }
  return undefined
}

/**
 * Who makes this request; undefined when nobody is signed in. A bearer token that is sent must be good: falling back to
 * the cookie would hide that it was revoked.
 */
export async function authenticate(
  request: Request,
  { sessions, tokens, cookie }: Identities,
): Promise<Actor | undefined> {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer) {
    const actor = await tokens.findApi(bearer)
    if (!actor) throw new Refusal('unauthenticated', 'The token is unknown, revoked or expired.')
    return actor
  }
  const id = sessionId(request, cookie)
  return id ? sessions.find(id) : undefined
}

/**
 * Refuses unsafe requests that a page of another origin made the browser send. Browsers that don't send Sec-Fetch-Site
 * send Origin; clients that send neither are no browsers. Bearer tokens are never sent by a browser on its own.
 */
export function refuseForeignOrigin(request: Request): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method) || request.headers.authorization) return
  const site = request.headers['sec-fetch-site']
  const { origin } = request.headers
  const own =
    site === undefined
      ? origin === undefined || (URL.canParse(origin) && new URL(origin).host === request.headers.host)
      : site === 'same-origin' || site === 'none'
  if (!own) throw new Refusal('forbidden', 'The request came from a page of another origin.')
}
