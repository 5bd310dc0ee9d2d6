import { destination, pino, type Logger } from 'pino'
import { type Config, ConfigError, readConfig } from './config.ts'
import { startCordon } from './cordon.ts'
import { DataDirInUse } from './data-dir-lock.ts'
import { prettyLines } from './pretty-log.ts'

/** How long an orderly end may take before it is cut short. */
const patienceMs = 25_000

function logger({ log }: Config): Logger {
  const redact = ['req.headers.authorization', 'req.headers.cookie', 'password', '*.password', 'secret', '*.secret']
  return pino({ level: log.level, redact }, log.format === 'pretty' ? prettyLines(process.stderr) : destination(2))
}

function fail(error: unknown): never {
  const expected = error instanceof ConfigError || error instanceof DataDirInUse
  const text = error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error)
  process.stderr.write(`Cordon cannot start.\n${text}\n`)
  process.exit(error instanceof ConfigError ? 2 : 1)
}

async function main(): Promise<void> {
  const config = readConfig()
  const log = logger(config)
  let cordon: Awaited<ReturnType<typeof startCordon>> | undefined
  let ending: Promise<void> | undefined
  const starting = startCordon(config, log)

  function end(reason: string, code: number): void {
    if (ending) return
    log.info({ reason }, 'Stopping')
    setTimeout(() => process.exit(1), patienceMs).unref()
    ending = starting
      .then((running) => running.close())
      .catch((error: unknown) => log.error({ err: error }, 'Did not stop in order'))
      .then(() => process.exit(code))
  }
  process.on('SIGINT', () => end('SIGINT', 130))
  process.on('SIGTERM', () => end('SIGTERM', 143))
  process.on('SIGHUP', () => end('SIGHUP', 129))
  process.on('disconnect', () => end('the parent process is gone', 0))
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'An unexpected error')
    end('an unexpected error', 1)
  })
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'An unhandled rejection')
    end('an unexpected error', 1)
  })
  cordon = await starting
  process.stdout.write(`\n${cordon.summary.join('\n')}\n\n`)
  process.send?.({ type: 'listening', url: cordon.url })
}

main().catch(fail)
