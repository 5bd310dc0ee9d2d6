import { type Noun, openApiDocument } from '@cordon/contract'
import compression from 'compression'
import express, { type Express, type Router } from 'express'
import helmet from 'helmet'
import { randomUUID } from 'node:crypto'
import type { Config } from './config.ts'
import type { Deps, Handlers, HealthCheck } from './deps.ts'
import { cookieName, type Identities } from './http/authenticate.ts'
import { consolePages } from './http/console.ts'
import { health } from './http/health.ts'
import { mount } from './http/mount.ts'
import { problems } from './http/problem.ts'
import { stream } from './http/stream.ts'
import type { Sessions } from './adapters/identity/sessions.ts'
import type { Tokens } from './adapters/identity/tokens.ts'
import { Refusal } from './refusal.ts'

export interface AppParts {
  handlers: Handlers
  sessions: Sessions
  tokens: Tokens
  checks: readonly HealthCheck[]
  /** Serves `/ingest/v1/…`; brings its own authentication and body parsing. */
  ingest?: Router
  /** Hears when a console was told that nouns changed. */
  onTold?(changed: readonly Noun[]): void
  version: string
}

/** The whole HTTP side: API, stream, ingest, health and console. `close` ends open streams so that the server can stop. */
export function createApp(deps: Deps, parts: AppParts): { app: Express; close(): void } {
  const { config, log, bus } = deps
  const tls = config.tls !== undefined
  const identities: Identities = { sessions: parts.sessions, tokens: parts.tokens, cookie: cookieName(tls) }
  const app = express()
  app.disable('x-powered-by')
  app.use(securityHeaders(config))
  app.use((request, response, next) => {
    response.locals.requestId = randomUUID()
    response.set('x-request-id', response.locals.requestId as string)
    const hangUp = new AbortController()
    response.locals.signal = hangUp.signal
    const startedAt = performance.now()
    response.on('close', () => {
      if (!response.writableFinished) hangUp.abort()
      const ms = Math.round(performance.now() - startedAt)
      const { requestId } = response.locals
      log.debug(
        { requestId, method: request.method, url: request.originalUrl, status: response.statusCode, ms },
        'request',
      )
    })
    next()
  })
  app.get('/healthz', health(parts.checks))
  if (parts.ingest) app.use('/ingest/v1', parts.ingest)

  app.use(compression({ filter: (request, response) => !isStream(response) && compression.filter(request, response) }))
  const live = stream(bus, identities, parts.onTold)
  const api = express.Router()
  api.use(express.json({ limit: '1mb' }))
  api.get('/openapi.json', (_request, response) => void response.json(openApiDocument(parts.version)))
  api.get('/stream', live.handler)
  mount(api, parts.handlers, { identities, tls })
  app.use('/api/v1', api)
  app.use(['/api', '/ingest'], (request) => {
    throw new Refusal('not-found', `There is no endpoint ${request.method} ${request.originalUrl.split('?')[0]}.`)
  })
  app.use(consolePages(config.publicDir))
  app.use(() => {
    throw new Refusal('not-found', 'There is nothing at this address.')
  })
  app.use(problems(log))
  return { app, close: live.closeAll }
}

function isStream(response: { getHeader(name: string): unknown }): boolean {
  // Streams forbid proxies to hold their lines back, and compression would.
  return response.getHeader('x-accel-buffering') === 'no'
}

function securityHeaders(config: Config) {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        workerSrc: ["'self'", 'blob:'],
        styleSrc: ["'self'", "'unsafe-inline'"], // the graph and the UI kit set styles at run time
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        // Over plain HTTP this would make browsers fetch every asset by https and show a blank page.
        ...(config.tls ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    // Not for sub-domains: other services of the same domain are none of our business.
    strictTransportSecurity: config.tls ? { includeSubDomains: false } : false,
    referrerPolicy: { policy: 'same-origin' },
  })
}
