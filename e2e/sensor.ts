import { expect, type APIRequestContext } from '@playwright/test'

const token = 'e2e-ingest-token-for-all'
let sent = 0

/** Tells Cordon, as a sensor does, that a process started in a container of `namespace/pod`. */
export async function processStarted(
  request: APIRequestContext,
  place: { cluster: string; pod: string; user?: string },
  process: { exe: string; commandLine: string; parent: string },
): Promise<void> {
  const [namespace, name] = place.pod.split('/')
  sent += 1
  const event = {
    id: `e2e-${Date.now()}-${sent}`,
    type: 'process',
    time: new Date().toISOString(),
    node: 'e2e-node',
    process: { exe: process.exe, commandLine: process.commandLine, pid: 1000 + sent },
    parent: { exe: process.parent, commandLine: process.parent, pid: 900 },
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
