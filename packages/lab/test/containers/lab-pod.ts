import type { ConnectAttempt, KubeObject, ProcessEnd, ProcessStart, RuntimeSensor } from '../../src/ports.ts'
import type { PodRuntimeOptions } from '../../src/containers/pod-runtime.ts'
import { createPodRuntime } from '../../src/containers/pod-runtime.ts'
import { MemoryNetwork } from './memory-network.ts'

/** Keeps what the runtime reports. */
export class RecordingSensor implements RuntimeSensor {
  readonly starts: ProcessStart[] = []
  readonly ends: ProcessEnd[] = []
  readonly attempts: ConnectAttempt[] = []
  processStarted(event: ProcessStart): void {
    this.starts.push(event)
  }
  processEnded(event: ProcessEnd): void {
    this.ends.push(event)
  }
  connectAttempted(event: ConnectAttempt): void {
    this.attempts.push(event)
  }
}

export function podObject(
  name: string,
  image: string,
  container: Record<string, unknown> = {},
  spec: Record<string, unknown> = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'demo',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: new Date().toISOString(),
      labels: { app: name },
    },
    spec: {
      nodeName: 'node-1',
      serviceAccountName: name,
      containers: [{ name: 'main', image, ...container }],
      ...spec,
    },
    status: { podIP: '10.0.0.1' },
  }
}

export function createLab(options: Partial<PodRuntimeOptions> = {}) {
  const network = new MemoryNetwork()
  const sensor = new RecordingSensor()
  const runtime = createPodRuntime({
    network,
    sensor,
    serviceAccountToken: () => 'token-of-the-pod',
    clusterCa: 'CA\n',
    peerIntervalMs: 0,
    ...options,
  })
  const exec = async (name: string, command: string[], input = '', tty = false) => {
    let stdout = ''
    let stderr = ''
    const decoder = new TextDecoder()
    async function* stdin() {
      if (input !== '') yield new TextEncoder().encode(input)
    }
    const result = await runtime.exec(
      { namespace: 'demo', pod: name, podUid: `uid-${name}`, container: 'main' },
      command,
      {
        stdin: stdin(),
        stdout: (chunk) => (stdout += decoder.decode(chunk)),
        stderr: (chunk) => (stderr += decoder.decode(chunk)),
        tty,
        signal: new AbortController().signal,
      },
    )
    return { ...result, stdout, stderr }
  }
  return { network, sensor, runtime, exec }
}
