import type { NetworkResponse } from '../../ports.ts'
import { toBytes, toText } from '../kernel/byte-text.ts'
import type { Process } from '../kernel/process.ts'
import { untilAborted } from '../kernel/open-file.ts'

export interface HttpRequest {
  url: string
  method: string
  headers: Record<string, string>
  body: string
  timeoutMs: number | undefined
}

export type HttpResult =
  | { ok: true; response: NetworkResponse; ip: string }
  | {
      ok: false
      reason: 'malformed' | 'unknown-host' | 'refused' | 'no-route' | 'timeout' | 'reset'
      host: string
      port: number
    }

/** One request of a program in a container over the pod network. Never rejects but for the end of the process. */
export async function httpRequest(process: Process, request: HttpRequest): Promise<HttpResult> {
  const url = parseUrl(request.url)
  if (url === undefined) return { ok: false, reason: 'malformed', host: request.url, port: 0 }
  const { host, port, path } = url
  const started = performance.now()
  const connected = await process.table.connect(process, host, port, 'TCP', request.timeoutMs)
  if (!connected.ok) return { ok: false, reason: connected.reason, host, port }
  try {
    const answer = connected.request({
      method: request.method,
      path,
      headers: request.headers,
      body: toText(request.body),
    })
    const left =
      request.timeoutMs === undefined ? undefined : Math.max(1, request.timeoutMs - (performance.now() - started))
    const response = await untilAborted(
      left === undefined ? answer : Promise.race([answer, late(process, left)]),
      process.signal,
    )
    if (response === undefined) return { ok: false, reason: 'timeout', host, port }
    const body = toBytes(response.body)
    process.budget.spend('bytes', body.length)
    return { ok: true, response: { ...response, body }, ip: connected.connection.to.ip }
  } catch (error) {
    process.signal.throwIfAborted()
    if (error instanceof Error && error.message.startsWith('lab limit')) throw error
    return { ok: false, reason: 'reset', host, port }
  } finally {
    connected.close()
  }
}

async function late(process: Process, ms: number): Promise<undefined> {
  await process.sleep(ms)
  return undefined
}

function parseUrl(text: string): { host: string; port: number; path: string } | undefined {
  const match = /^(?:(https?):\/\/)?(?:[^@/?#]*@)?(\[[^\]]+\]|[^:/?#\s]+)(?::(\d{1,5}))?([/?][^#]*)?(?:#.*)?$/is.exec(
    text,
  )
  if (match === null) return undefined
  const [, scheme = 'http', host = '', port, path = '/'] = match
  const number = port === undefined ? (scheme.toLowerCase() === 'https' ? 443 : 80) : Number(port)
  if (number < 1 || number > 65_535) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: number, path: path.startsWith('?') ? `/${path}` : path }
}
