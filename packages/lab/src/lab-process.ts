import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FaultOrder, FromLab, LabProcessConfig, ReadyCluster, ToLab } from './lab-messages.ts'

export type { LabProcessConfig } from './lab-messages.ts'

/** The lab in a child process. */
export interface LabProcess {
  clusters: ReadyCluster[]
  pid: number
  /** Makes trouble in a cluster or takes it back. @throws when the lab refuses the order */
  fault(cluster: string, order: FaultOrder): Promise<void>
  /** Resolves when the process is gone, whoever ended it. */
  ended: Promise<number | null>
  stop(): Promise<void>
}

/**
 * Starts the lab as a child process that ends with this one. Resolves when all clusters are up.
 *
 * @throws with the child's words when it cannot start
 */
export async function startLabProcess(config: LabProcessConfig): Promise<LabProcess> {
  const child = fork(fileURLToPath(new URL('main.ts', import.meta.url)), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const waiting = new Map<number, (error?: string) => void>()
  let sequence = 0
  const send = (message: ToLab) => child.send(message)
  const clusters = await new Promise<ReadyCluster[]>((resolve, reject) => {
    void ended.then((code) => reject(new Error(`the lab ended with code ${code} before it was ready`)))
    child.on('message', (message: FromLab) => {
      if (message.type === 'ready') resolve(message.clusters)
      else if (message.type === 'failed') reject(new Error(message.error))
      else waiting.get(message.id)?.(message.error)
    })
    send({ type: 'start', config })
  })
  return {
    clusters,
    pid: child.pid!, // set once a child has started
    ended,
    fault: (cluster, order) =>
      new Promise((resolve, reject) => {
        const id = ++sequence
        waiting.set(id, (error) => {
          waiting.delete(id)
          if (error) reject(new Error(error))
          else resolve()
        })
        send({ type: 'fault', id, cluster, order })
      }),
    async stop() {
      if (child.connected) send({ type: 'stop' })
      await ended
    },
  }
}
