import type { DetectionPorts } from './ports.ts'
import { runDue } from './run-due.ts'
import { claimDue, forgetOldRows, leaseMs, renewLease } from './run-store.ts'
import { requestResponses } from './want-responses.ts'

const lookEveryMs = 1000
const tidyEveryMs = 60 * 60_000

export interface DetectionScheduler {
  /** Looks for what is due at once. */
  poke(): void
  /** Stops the run under way; it is run again after the next start. */
  stop(): Promise<void>
}

/**
 * Runs custom detections one after the other when their time has come. What is due stands in the database, so that
 * restarts and missed times change nothing but the hour.
 */
export function startScheduler(ports: DetectionPorts): DetectionScheduler {
  const { deps } = ports
  const ending = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let tidied = 0
  let working: Promise<void> = Promise.resolve()
  let isWorking = false
  let again = false

  async function work(): Promise<void> {
    await requestResponses(ports)
    // Each once a round: one that is due again at once must not keep the others waiting.
    const done: string[] = []
    for (;;) {
      const row = ending.signal.aborted ? undefined : await claimDue(deps, ports.lastBatch(), done)
      if (!row) break
      const { id } = row
      done.push(id)
      const renewing = setInterval(() => void renewLease(deps, id).catch(() => {}), leaseMs / 3)
      try {
        await runDue(ports, row, ending.signal)
      } finally {
        clearInterval(renewing)
      }
      await requestResponses(ports)
    }
    if (Date.now() - tidied > tidyEveryMs) {
      await forgetOldRows(deps)
      tidied = Date.now()
    }
  }

  function start(): void {
    clearTimeout(timer)
    again = isWorking
    if (isWorking || ending.signal.aborted) return
    isWorking = true
    working = work()
      .catch((error: unknown) =>
        deps.log.warn({ err: error }, 'Custom detections could not be looked at; trying again'),
      )
      .then(() => {
        isWorking = false
        if (!ending.signal.aborted) timer = setTimeout(start, again ? 0 : lookEveryMs)
      })
  }
  start()
  return {
    poke: start,
    async stop() {
      ending.abort()
      clearTimeout(timer)
      await working
    },
  }
}
