import { randomBytes } from 'node:crypto'
import type { ExecResult } from '../ports.ts'
import type { ApiContext, ExecAnswer } from './call.ts'

/** Input of a command: what the client sends until it closes its side. */
export class InputQueue implements AsyncIterable<Uint8Array> {
  private readonly chunks: Uint8Array[] = []
  private closed = false
  private wake: (() => void) | undefined

  push(chunk: Uint8Array): void {
    if (this.closed || chunk.length === 0) return
    this.chunks.push(chunk)
    this.wake?.()
  }

  close(): void {
    this.closed = true
    this.wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.chunks.shift()
      if (chunk) yield chunk
      else if (this.closed) return
      else await new Promise<void>((resolve) => (this.wake = resolve))
    }
  }
}

export interface ExecOutput {
  stdout(chunk: Uint8Array): void
  stderr(chunk: Uint8Array): void
}

export interface ExecIo {
  input: InputQueue
  output: ExecOutput
  /** Aborts when the client goes away. */
  signal: AbortSignal
}

/** Runs the command of an exec request. Resolves to the Status that ends the session; never rejects. */
export async function runExec(context: ApiContext, exec: ExecAnswer, streams: ExecIo): Promise<object> {
  const { input, output, signal } = streams
  const { pod, container, command, tty } = exec
  if (exec.attach) return attach(context, exec, streams)
  if (command.length === 0) return startFailure('args must not be empty')
  try {
    const result = await context.runtime!.exec(
      { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, podUid: pod.metadata.uid, container },
      command,
      {
        ...(exec.stdin ? { stdin: input } : {}),
        stdout: (chunk) => exec.stdout && output.stdout(chunk),
        // A terminal has one output.
        stderr: (chunk) => (tty ? exec.stdout && output.stdout(chunk) : exec.stderr && output.stderr(chunk)),
        tty,
        signal,
      },
    )
    return statusOf(result)
  } catch (error) {
    return internal(`error executing command in container: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Follows the main process until the client leaves or the pod ends. Its input is not connected. */
function attach(
  context: ApiContext,
  { pod, container, stdout }: ExecAnswer,
  { output, signal }: ExecIo,
): Promise<object> {
  const { namespace = '', name, uid } = pod.metadata
  const target = { namespace, pod: name, podUid: uid, container }
  const log = context.runtime?.logs(target, { previous: false, timestamps: false, tailLines: 0 })
  return new Promise((resolve) => {
    const unfollow = log?.follow((text) => stdout && output.stdout(Buffer.from(text)))
    const unsubscribe = context.store.subscribe('/pods', ({ type, object }) => {
      const ended = type === 'DELETED' || ['Succeeded', 'Failed'].includes(object.status?.phase)
      if (object.metadata.uid === uid && ended) finish()
    })
    const finish = () => {
      unfollow?.()
      unsubscribe()
      resolve({ metadata: {}, status: 'Success' })
    }
    signal.addEventListener('abort', finish, { once: true })
  })
}

function statusOf({ exitCode, startError }: ExecResult): object {
  if (startError !== undefined) return startFailure(`unable to start container process: ${startError}`)
  if (exitCode === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: command terminated with exit code ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  }
}

const startFailure = (why: string): object => {
  const text = why.replace(/^unable to start container process: OCI runtime exec failed: exec failed: /, '')
  return internal(
    `error executing command in container: failed to exec in container: failed to start exec "${randomBytes(32).toString('hex')}": OCI runtime exec failed: exec failed: ${text}`,
  )
}

const internal = (message: string): object => ({
  metadata: {},
  status: 'Failure',
  message: `Internal error occurred: Internal error occurred: ${message}`,
  reason: 'InternalError',
  details: { causes: [{ message: `Internal error occurred: ${message}` }] },
  code: 500,
})
