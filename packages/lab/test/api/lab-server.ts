import type { ContainerRuntime, ExecStreams, Identity } from '../../src/ports.ts'
import { createApiServer, type ApiServer } from '../../src/api/api-server.ts'
import { createCertificateAuthority, type CertificateAuthority } from '../../src/api/certificate-authority.ts'
import { listenTls, type TlsListener } from '../../src/api/tls-listener.ts'
import { createStore, type Store } from '../../src/store/store.ts'

export const ADMIN: Identity = { username: 'admin', groups: ['system:masters', 'system:authenticated'] }

/** Stands in for the nodes, which this part of the lab does not have: runs three words and knows one log. */
export class FakeContainerRuntime implements ContainerRuntime {
  private readonly followers = new Set<(text: string) => void>()
  private followed = Promise.withResolvers<void>()

  /** Lets the main process print, once somebody listens. */
  async print(text: string): Promise<void> {
    await this.followed.promise
    for (const follower of this.followers) follower(text)
  }

  async exec(_target: object, command: string[], io: ExecStreams) {
    if (command[0] === 'echo') io.stdout(Buffer.from(`${command.slice(1).join(' ')}\n`))
    else if (command[0] === 'fail') {
      io.stderr(Buffer.from('err\n'))
      return { exitCode: 3 }
    } else if (command[0] === 'cat') for await (const chunk of io.stdin ?? []) io.stdout(chunk)
    else return { exitCode: 126, startError: `exec: "${command[0]}": executable file not found in $PATH` }
    return { exitCode: 0 }
  }

  logs(
    _target: object,
    { previous, tailLines, timestamps }: { previous: boolean; tailLines?: number; timestamps: boolean },
  ) {
    if (previous) return undefined
    const lines = ['one', 'two'].map((line) => (timestamps ? `2026-01-05T10:00:00.547337984Z ${line}` : line))
    const follow = (onText: (text: string) => void) => {
      this.followers.add(onText)
      this.followed.resolve()
      return () => void this.followers.delete(onText)
    }
    return { text: `${lines.slice(tailLines === undefined ? 0 : -tailLines).join('\n')}\n`, follow }
  }
}

export interface LabServer {
  api: ApiServer
  store: Store
  events: any[] // any: audit events are inspected freely
  send(
    method: string,
    uri: string,
    body?: unknown,
    more?: { headers?: Record<string, string>; as?: Identity },
  ): Promise<{ status: number; headers: Record<string, string>; body: any }> // any: answers of every kind
  /** A namespace with its default service account. */
  namespace(name: string): Promise<void>
  /** A pod that runs on a node, its status as a kubelet would report it. */
  runningPod(namespace: string, name: string, labels?: Record<string, string>): Promise<any> // any: the created pod
}

/** An API server in the test's process, with an administrator's voice. */
export function startLab(version = 'v1.36.2', more: Partial<Parameters<typeof createApiServer>[0]> = {}): LabServer {
  const store = more.store ?? createStore()
  const events: any[] = [] // any: as above
  const api = createApiServer({
    store,
    version,
    auditSink: (batch) => events.push(...batch),
    runtime: new FakeContainerRuntime(),
    ...more,
  })
  const send: LabServer['send'] = (method, uri, body, { headers, as = ADMIN } = {}) =>
    api.handle({
      method: method as 'GET',
      uri,
      body,
      headers,
      identity: as,
      userAgent: 'kubectl/v1.36.2 (linux/amd64) kubernetes/0000000',
      sourceIPs: ['10.200.0.51'],
    })
  return {
    api,
    store,
    events,
    send,
    async namespace(name) {
      await send('POST', '/api/v1/namespaces', { metadata: { name } })
      await send('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } })
    },
    async runningPod(namespace, name, labels = { app: name }) {
      const container = {
        name: 'main',
        image: 'busybox:1.38',
        command: ['sh', '-c', 'trap exit TERM; while :; do sleep 1; done'],
      }
      const spec = { terminationGracePeriodSeconds: 5, containers: [container] }
      await send('POST', `/api/v1/namespaces/${namespace}/pods`, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels },
        spec,
      })
      await send('POST', `/api/v1/namespaces/${namespace}/pods/${name}/binding`, {
        target: { kind: 'Node', name: 'node1' },
      })
      const status = {
        phase: 'Running',
        podIP: '10.244.1.7',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [
          {
            name: 'main',
            ready: true,
            restartCount: 0,
            state: { running: { startedAt: '2026-01-05T10:00:02Z' } },
            image: 'busybox:1.38',
            imageID: '',
          },
        ],
      }
      const patched = await send(
        'PATCH',
        `/api/v1/namespaces/${namespace}/pods/${name}/status`,
        { status },
        { headers: { 'content-type': 'application/strategic-merge-patch+json' } },
      )
      return patched.body
    },
  }
}

export async function listen(lab: LabServer): Promise<{ authority: CertificateAuthority; listener: TlsListener }> {
  const authority = await createCertificateAuthority()
  const { certPem, keyPem } = await authority.issueServing(['127.0.0.1', 'localhost'])
  const listener = await listenTls(lab.api, { certPem, keyPem, caPem: authority.caPem })
  return { authority, listener }
}
