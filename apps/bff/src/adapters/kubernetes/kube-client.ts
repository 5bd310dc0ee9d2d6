import type { KubeConfig } from '@kubernetes/client-node'
import https from 'node:https'
import type { IncomingMessage } from 'node:http'

/** An answer of the API server, whatever its status. `body` is parsed JSON, or text where it isn't JSON. */
export interface KubeAnswer {
  status: number
  body: any // any: every Kubernetes kind; readers know what they asked for
}

export interface KubeRequest {
  method?: string
  path: string
  contentType?: string
  accept?: string
  body?: unknown
  timeoutMs?: number
  signal?: AbortSignal
  /** Further headers, e.g. `impersonate-user`. */
  headers?: Record<string, string>
  /** Added to the user agent: shows in the audit log of the cluster. */
  comment?: string
}

/** One cluster's API server. Rejects with `ClusterUnreachable` when there is no answer; HTTP errors are answers. */
export interface KubeClient {
  readonly context: string
  readonly server: string
  request(request: KubeRequest): Promise<KubeAnswer>
  /** A long request: calls back per line until the server or the signal ends it. Resolves with the status. */
  lines(request: KubeRequest & { onLine: (line: string) => void }): Promise<number>
}

/** No answer: refused, timed out, TLS not trusted, credentials plugin failed … `message` is fit for the screen. */
export class ClusterUnreachable extends Error {
  /** False only if the request surely never left: a write may have happened otherwise. */
  readonly mayHaveArrived: boolean
  constructor(message: string, mayHaveArrived: boolean) {
    super(message)
    this.name = 'ClusterUnreachable'
    this.mayHaveArrived = mayHaveArrived
  }
}

const defaultTimeoutMs = 10_000
// A hostile or broken server must not fill our memory; the largest honest answer is a full list page.
const maxAnswerBytes = 256 * 1024 * 1024

/** A client for the current context of `config`, which must not be shared with another client. */
export function createKubeClient(config: KubeConfig, userAgent: string): KubeClient {
  const server = config.getCurrentCluster()?.server ?? ''
  const agents = new Map<string, https.Agent>()

  async function open(request: KubeRequest): Promise<IncomingMessage> {
    const options: https.RequestOptions = { headers: {} }
    try {
      // Asked for each request: tokens of credential plugins and files change.
      await config.applyToHTTPSOptions(options)
    } catch (error) {
      throw new ClusterUnreachable(`credentials can't be had: ${textOf(error)}`, false)
    }
    const body = request.body === undefined ? undefined : JSON.stringify(request.body)
    return send(server + request.path, body, {
      ...options,
      agent: config.getCurrentCluster()?.proxyUrl ? options.agent : keepAlive(agents, options),
      method: request.method ?? 'GET',
      signal: request.signal,
      headers: {
        ...options.headers,
        ...request.headers,
        accept: request.accept ?? 'application/json',
        'user-agent': request.comment ? `${userAgent} (${request.comment})` : userAgent,
        ...(body === undefined
          ? {}
          : { 'content-type': request.contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
    })
  }

  return {
    context: config.getCurrentContext(),
    server,
    request: (request) =>
      withDeadline(request, request.timeoutMs ?? defaultTimeoutMs, async (r) => {
        const response = await open(r)
        return { status: response.statusCode ?? 0, body: parse(await readAll(response)) }
      }),
    async lines({ onLine, ...request }) {
      const response = await withDeadline(request, defaultTimeoutMs, open, true)
      if (response.statusCode !== 200) {
        onLine(await readAll(response))
        return response.statusCode ?? 0
      }
      await readLines(response, onLine)
      return 200
    },
  }
}

function keepAlive(agents: Map<string, https.Agent>, o: https.RequestOptions): https.Agent {
  const key = String(o.cert ?? '') + String(o.servername ?? '')
  let agent = agents.get(key)
  if (!agent) {
    agent = new https.Agent({
      keepAlive: true,
      maxSockets: 32,
      ca: o.ca,
      cert: o.cert,
      key: o.key,
      pfx: o.pfx,
      passphrase: o.passphrase,
      servername: o.servername,
      rejectUnauthorized: o.rejectUnauthorized,
    })
    agents.set(key, agent)
  }
  return agent
}

function send(url: string, body: string | undefined, options: https.RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = https.request(url, options, resolve)
    request.on('error', (error: NodeJS.ErrnoException) => {
      const never = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(error.code ?? '')
      reject(new ClusterUnreachable(describe(error, url), !never))
    })
    request.end(body)
  })
}

/** Runs with a deadline of its own; `headersOnly` stops the clock when the answer begins (watches go on). */
async function withDeadline<T>(
  request: KubeRequest,
  ms: number,
  run: (r: KubeRequest) => Promise<T>,
  headersOnly = false,
): Promise<T> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), ms)
  const signal = request.signal ? AbortSignal.any([request.signal, deadline.signal]) : deadline.signal
  try {
    return await run({ ...request, signal })
  } catch (error) {
    if (deadline.signal.aborted) throw new ClusterUnreachable(`no answer within ${ms / 1000} s`, true)
    throw error instanceof ClusterUnreachable ? error : new ClusterUnreachable(textOf(error), true)
  } finally {
    if (!headersOnly || !deadline.signal.aborted) clearTimeout(timer)
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxAnswerBytes) throw new Error('the answer is larger than 256 MiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function readLines(response: IncomingMessage, onLine: (line: string) => void): Promise<void> {
  response.setEncoding('utf8')
  let rest = ''
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line) onLine(line)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function describe(error: NodeJS.ErrnoException, url: string): string {
  const host = new URL(url).host
  switch (error.code) {
    case 'ECONNREFUSED':
      return `${host} refuses the connection`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name ${host} can't be resolved`
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `the certificate of ${host} isn't signed by the kubeconfig's authority`
    default:
      return `${host}: ${error.message || error.code || 'connection failed'}`
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
