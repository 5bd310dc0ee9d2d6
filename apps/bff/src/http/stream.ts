import { type Noun, nouns } from '@cordon/contract'
import { randomBytes } from 'node:crypto'
import type { RequestHandler, Response } from 'express'
import type { Bus } from '../bus.ts'
import { authenticate, type Identities } from './authenticate.ts'
import { authorize } from './mount.ts'

const heartbeatMs = 15_000
/** Hints closer together than this are sent as one. */
const gatherMs = 100

/**
 * Server-sent events: `{"changed": ["incident", …]}`, never data. The id of the last hint comes back after a lost
 * connection; when it isn't the newest, everything counts as changed. Ends when the session or its rights do.
 */
export function stream(
  bus: Bus,
  identities: Identities,
  onTold: (changed: readonly Noun[]) => void = () => {},
): { handler: RequestHandler; closeAll(): void } {
  const boot = randomBytes(4).toString('hex')
  let count = 0
  const open = new Set<Response>()
  const clients = new Set<{ pending: Set<Noun>; wake(): void }>()

  bus.listen((changed) => {
    count += 1
    for (const client of clients) {
      for (const noun of changed) client.pending.add(noun)
      client.wake()
    }
  })

  const handler: RequestHandler = async (request, response) => {
    await authorize(request, 'stream', identities)
    response.status(200).set({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no', // nginx would hold the hints back
    })
    response.flushHeaders()
    const send = (changed: Iterable<Noun>) =>
      response.write(`id: ${boot}-${count}\ndata: ${JSON.stringify({ changed: [...changed] })}\n\n`)
    const last = request.get('last-event-id')
    response.write('retry: 2000\n\n')
    send(last && last !== `${boot}-${count}` ? nouns : [])

    let timer: NodeJS.Timeout | undefined
    const client = {
      pending: new Set<Noun>(),
      wake() {
        timer ??= setTimeout(async () => {
          timer = undefined
          const changed = [...client.pending]
          client.pending.clear()
          if (changed.includes('session') && !(await stillAllowed())) return
          if (response.writableEnded) return
          send(changed)
          onTold(changed)
        }, gatherMs)
      },
    }
    const stillAllowed = async () => {
      const actor = await authenticate(request, identities).catch(() => undefined)
      if (actor) return true
      response.end('event: signed-out\ndata: {}\n\n')
      return false
    }
    const heartbeat = setInterval(async () => {
      if (await stillAllowed()) response.write(': still here\n\n')
    }, heartbeatMs)
    clients.add(client)
    open.add(response)
    response.on('close', () => {
      clearInterval(heartbeat)
      clearTimeout(timer)
      clients.delete(client)
      open.delete(response)
    })
  }

  return {
    handler,
    closeAll() {
      for (const response of open) response.end()
    },
  }
}
