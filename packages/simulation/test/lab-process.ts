import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'

type Json = Record<string, any> // any: events of two sensor products and audit events, read field by field

export interface LabUnderTest {
  kubeConfig: KubeConfig
  kubeconfigFile: string
  /** Falco alerts or Tetragon lines, by cluster. */
  runtime: Map<string, Json[]>
  audit: Map<string, Json[]>
  stop(): Promise<void>
}

/**
 * Starts lab clusters as a process of their own and receives their sensors and audit logs over HTTP, as a product
 * would. It is started by its file, as this package imports nothing of the lab.
 */
export async function startLab(clusters: { name: string; marked: boolean }[]): Promise<LabUnderTest> {
  const runtime = new Map<string, Json[]>()
  const audit = new Map<string, Json[]>()
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const [, kind, cluster = ''] = (request.url ?? '').split('?')[0]!.split('/') // webhooks add a timeout
      if (kind === 'audit') append(audit, cluster, ((JSON.parse(body) as Json)['items'] ?? []) as Json[])
      else
        append(
          runtime,
          cluster,
          body
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line) as Json),
        )
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const dataDir = mkdtempSync(join(tmpdir(), 'simulation-test-'))
  const kubeconfigFile = join(dataDir, 'lab.kubeconfig')
  const config = {
    dataDir,
    clusters: clusters.map(({ name }) => name),
    quiet: true,
    enforcementDelayMs: 0,
    sinks: Object.fromEntries(
      clusters.map(({ name }) => [
        name,
        {
          audit: { url: `${base}/audit/${name}`, token: 'a' },
          runtime: { url: `${base}/runtime/${name}`, token: 'r' },
        },
      ]),
    ),
    kubeconfigs: [{ path: kubeconfigFile, which: 'admin' }],
  }
  const child = fork(fileURLToPath(new URL('../../lab/src/main.ts', import.meta.url)), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await ready(child, config)
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(kubeconfigFile)
  for (const { name, marked } of clusters) if (marked) await allowSimulation(kubeConfig, name)
  return {
    kubeConfig,
    kubeconfigFile,
    runtime,
    audit,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.send({ type: 'stop' })
      await ended
      server.closeAllConnections()
      server.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function append(map: Map<string, Json[]>, key: string, items: Json[]): void {
  map.set(key, [...(map.get(key) ?? []), ...items])
}

function ready(child: ChildProcess, config: Json): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: Json) => {
      if (message['type'] === 'ready') resolve()
      if (message['type'] === 'failed') reject(new Error(String(message['error'])))
    })
    child.once('exit', (code) => reject(new Error(`the lab ended with code ${code}`)))
    child.send({ type: 'start', config })
  })
}

/** What an operator does with `kubectl label namespace kube-system cordon.dev/simulation=allowed`. */
async function allowSimulation(kubeConfig: KubeConfig, context: string): Promise<void> {
  kubeConfig.setCurrentContext(context)
  const core = kubeConfig.makeApiClient(CoreV1Api)
  const namespace = await core.readNamespace({ name: 'kube-system' })
  namespace.metadata!.labels = { ...namespace.metadata!.labels, 'cordon.dev/simulation': 'allowed' } // objects of a server have metadata
  await core.replaceNamespace({ name: 'kube-system', body: namespace })
}
