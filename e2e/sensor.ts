import { expect, type APIRequestContext } from '@playwright/test'

const token = 'e2e-ingest-token-for-all'
let sent = 0

/** Tells Cordon, as a sensor does, that a process started in a container of `namespace/pod`. */
export async function processStarted(
  request: APIRequestContext,
  place: { cluster: string; pod: string; user?: string },
  process: { exe: string; commandLine: string; parent: string },
): Promise<void> {
  sent += 1
  await send(request, place, {
    type: 'process',
    time: new Date().toISOString(),
    process: { exe: process.exe, commandLine: process.commandLine, pid: 1000 + sent },
    parent: { exe: process.parent, commandLine: process.parent, pid: 900 },
  })
}

/** Tells Cordon, as a sensor does, that a container of `namespace/pod` asked for the address of a name at that time. */
export async function nameAsked(
  request: APIRequestContext,
  place: { cluster: string; pod: string },
  name: string,
  time: number,
): Promise<void> {
  sent += 1
  await send(request, place, { type: 'dns', time: new Date(time).toISOString(), dns: { query: name, queryType: 'A' } })
}

async function send(request: APIRequestContext, place: { cluster: string; pod: string }, what: object): Promise<void> {
  const [namespace, name] = place.pod.split('/')
  const event = {
    id: `e2e-${Date.now()}-${sent}`,
    node: 'e2e-node',
    ...what,
    container: { id: `e2e-${namespace}-${name}`, name: 'app', image: `registry.example.org/${name}:1` },
    pod: { namespace, name, workload: name, workloadKind: 'Deployment' },
  }
  const answer = await request.post(`/ingest/v1/process-events/${place.cluster}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    data: `${JSON.stringify(event)}\n`,
  })
  expect(await answer.json()).toEqual({ accepted: 1, duplicates: 0, rejected: 0 })
}

/** “Possible Web Shell activity detected”. */
export const webShell = { exe: '/usr/bin/sh', commandLine: 'sh -c whoami', parent: '/usr/sbin/php-fpm' }
/** “Network scanning tool detected”. */
export const scanner = { exe: '/usr/bin/nmap', commandLine: 'nmap -Pn 10.0.0.0/24', parent: '/bin/bash' }
