import { randomUUID } from 'node:crypto'
import type { ContainerRef, KubeObject, PodNetwork, PodRuntime, StartedContainer } from '../../src/ports.ts'

type Exit = { podUid: string; container: string; exitCode: number; finishedAt: string }

/**
 * Stands in for the container runtime where a test is about controllers, kubelets or the network: containers start at
 * once, listen on their declared ports, and end when a test says so. A container named `stubborn` ignores SIGTERM.
 */
export class FakeRuntime implements PodRuntime {
  readonly running = new Map<string, KubeObject>()
  /** Grace periods of stopPod, per pod uid, in the order they came. */
  readonly stops = new Map<string, number[]>()
  network: PodNetwork | undefined
  private readonly exits: ((exit: Exit) => void)[] = []
  private readonly closers = new Map<string, (() => void)[]>()

  async startPod(pod: KubeObject): Promise<StartedContainer[]> {
    this.running.set(pod.metadata.uid, pod)
    const closers = pod.spec.containers.flatMap((container: { ports?: { containerPort: number }[] }) =>
      (container.ports ?? []).map((port) =>
        this.network?.listen(pod.metadata.uid, port.containerPort, 'TCP', async () => ({
          status: 200,
          headers: {},
          body: pod.metadata.name,
        })),
      ),
    )
    this.closers.set(pod.metadata.uid, closers.filter(Boolean))
    return pod.spec.containers.map((container: { name: string; image: string }) => this.started(container))
  }

  async stopPod(podUid: string, graceSeconds: number): Promise<void> {
    this.stops.set(podUid, [...(this.stops.get(podUid) ?? []), graceSeconds])
    const stubborn = this.running
      .get(podUid)
      ?.spec.containers.some((item: { name: string }) => item.name === 'stubborn')
    if (stubborn) await new Promise((resolve) => setTimeout(resolve, graceSeconds * 1000))
    for (const close of this.closers.get(podUid) ?? []) close()
    this.running.delete(podUid)
  }

  onExit(listener: (exit: Exit) => void): void {
    this.exits.push(listener)
  }

  /** Ends the main process of a container. */
  end(podUid: string, container: string, exitCode: number): void {
    for (const listener of this.exits) listener({ podUid, container, exitCode, finishedAt: new Date().toISOString() })
  }

  async exec(_target: ContainerRef): Promise<{ exitCode: number }> {
    return { exitCode: 0 }
  }

  logs() {
    return { text: '', follow: () => () => undefined }
  }

  private started(container: { name: string; image: string }): StartedContainer {
    const startedAt = `${new Date().toISOString().slice(0, 19)}Z`
    return {
      name: container.name,
      containerID: `containerd://${randomUUID()}`,
      image: container.image,
      imageID: 'sha256:0',
      startedAt,
    }
  }
}
