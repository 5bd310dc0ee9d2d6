import { Readable, Writable } from 'node:stream'
import type { KubeConfig, V1Status } from '@kubernetes/client-node'
import { Exec } from '@kubernetes/client-node'

export interface PodCommand {
  namespace: string
  pod: string
  container: string
  command: string[]
  /** Sent to its standard input. The stream cannot be closed from here, so the command must know its end. */
  input?: string
  timeoutMs: number
  signal?: AbortSignal
}

export interface PodCommandResult {
  exitCode: number
  stdout: string
  stderr: string
}

const maxOutput = 256 * 1024

/** Runs a command in a pod. Rejects when it cannot be started, takes too long, or is aborted. */
export async function runInPod(kubeConfig: KubeConfig, options: PodCommand): Promise<PodCommandResult> {
  options.signal?.throwIfAborted()
  const stdout = collector()
  const stderr = collector()
  const ended = Promise.withResolvers<V1Status>()
  const stdin = options.input === undefined ? null : new Readable({ read() {} })
  const { namespace, pod, container, command } = options
  const socket = await new Exec(kubeConfig).exec(
    namespace,
    pod,
    container,
    command,
    stdout.stream,
    stderr.stream,
    stdin,
    false,
    ended.resolve,
  )
  const abort = () => ended.reject(options.signal?.reason)
  const timer = setTimeout(
    () => ended.reject(new Error(`command in pod ${pod} took longer than ${options.timeoutMs / 1000} s`)),
    options.timeoutMs,
  )
  options.signal?.addEventListener('abort', abort, { once: true })
  if (options.signal?.aborted) abort() // while the connection was being made
  socket.on('close', () =>
    setTimeout(() => ended.reject(new Error(`connection to pod ${pod} closed before the command ended`)), 500).unref(),
  )
  socket.on('error', (error: Error) => ended.reject(error))
  stdin?.push(options.input)
  try {
    return { exitCode: exitCodeOf(await ended.promise), stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', abort)
    stdin?.destroy()
    socket.close()
  }
}

/** The exit code in the status a command ends with. Throws when the status says it was never started. */
function exitCodeOf(status: V1Status): number {
  if (status.status === 'Success') return 0
  const cause = status.details?.causes?.find((each) => each.reason === 'ExitCode')
  if (cause?.message === undefined) throw new Error(status.message ?? 'the command could not be started')
  return Number(cause.message)
}

function collector() {
  const chunks: Buffer[] = []
  let length = 0
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (length < maxOutput) chunks.push(Buffer.from(chunk))
      length += chunk.length
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') }
}
