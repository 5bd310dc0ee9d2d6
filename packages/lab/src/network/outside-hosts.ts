import type { NetworkRequest, NetworkResponse } from '../ports.ts'

/** A machine outside the cluster. Addresses are from the documentation ranges (RFC 5737), so nothing real is meant. */
export interface OutsideHost {
  names: string[]
  ip: string
  ports: number[]
  respond(request: NetworkRequest): NetworkResponse
}

export function textResponse(status: number, body: string, contentType = 'text/plain'): NetworkResponse {
  return { status, headers: { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) }, body }
}

const page = (text: string) => () => textResponse(200, text)

const script = '#!/bin/sh\n# inert sample served inside the lab\necho "setup finished"\n'

/** Files by their ending: scripts are inert text, everything else an opaque blob. */
function fileServer(request: NetworkRequest): NetworkResponse {
  const path = request.path.split('?')[0] ?? '/'
  if (request.method === 'POST' || request.method === 'PUT') return textResponse(201, 'stored\n')
  if (path.endsWith('.sh')) return textResponse(200, script, 'text/x-shellscript')
  if (path === '/') return textResponse(200, 'index\n', 'text/html')
  return textResponse(200, `\u007fELF inert sample ${path}\n`, 'application/octet-stream')
}

function miningPool(request: NetworkRequest): NetworkResponse {
  const result = { id: 1, jsonrpc: '2.0', error: null, result: { id: 'lab', status: 'OK', job: { job_id: '1' } } }
  return textResponse(200, `${JSON.stringify(result)}\n`, request.body ? 'application/json' : 'text/plain')
}

function packageMirror(request: NetworkRequest): NetworkResponse {
  return textResponse(200, `package data for ${request.path}\n`, 'application/octet-stream')
}

/** The small internet every lab cluster can reach. */
export const outsideHosts: readonly OutsideHost[] = [
  {
    names: ['pool.supportxmr.com', 'gulf.moneroocean.stream', 'xmr-pool.example.net'],
    ip: '203.0.113.33',
    ports: [3333, 4444, 5555, 7777, 443, 80],
    respond: miningPool,
  },
  { names: ['mdc-eicar.alerts.security.azure.com'], ip: '203.0.113.66', ports: [80, 443], respond: page('ok\n') },
  {
    names: ['drop.exfil.example', 'transfer.example.net'],
    ip: '203.0.113.90',
    ports: [80, 443, 8443, 53],
    respond: fileServer,
  },
  {
    names: ['c2.example.net', 'cdn-update.example'],
    ip: '203.0.113.47',
    ports: [80, 443, 4444, 8443, 9001, 53],
    respond: fileServer,
  },
  { names: ['dl.example.org', 'raw.example.org'], ip: '198.51.100.23', ports: [80, 443, 8080], respond: fileServer },
  {
    names: ['archive.ubuntu.com', 'security.ubuntu.com'],
    ip: '192.0.2.80',
    ports: [80, 443],
    respond: packageMirror,
  },
  { names: ['dl-cdn.alpinelinux.org'], ip: '192.0.2.81', ports: [80, 443], respond: packageMirror },
  { names: ['pypi.org', 'files.pythonhosted.org'], ip: '192.0.2.82', ports: [443], respond: packageMirror },
  {
    names: ['www.example.com', 'example.com'],
    ip: '192.0.2.10',
    ports: [80, 443],
    respond: page('<h1>Example Domain</h1>\n'),
  },
  {
    names: ['api.cardgateway.example', 'fx-rates.example'],
    ip: '192.0.2.20',
    ports: [443],
    respond: page('{"status":"ok"}\n'),
  },
  { names: ['hooks.chat.example', 'alerts.example'], ip: '192.0.2.21', ports: [443], respond: page('ok\n') },
  {
    names: ['checkip.example', 'ifconfig.example'],
    ip: '192.0.2.30',
    ports: [80, 443],
    respond: page('198.51.100.7\n'),
  },
]
