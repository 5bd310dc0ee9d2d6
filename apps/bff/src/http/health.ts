import type { RequestHandler } from 'express'
import type { HealthCheck } from '../deps.ts'

const patienceMs = 5000

/** 200 when every required part works, else 503; both name each part's state. */
export function health(checks: readonly HealthCheck[]): RequestHandler {
  return async (_request, response) => {
    const components = await Promise.all(checks.map(stateOf))
    const ok = components.every((component) => component.ok || !component.required)
    response
      .status(ok ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({ status: ok ? 'ok' : 'down', components })
  }
}

async function stateOf({ name, required, check }: HealthCheck) {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<{ ok: false; detail: string }>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, detail: `no answer within ${patienceMs / 1000} s` }), patienceMs)
  })
  const state = await Promise.race([
    check().catch((error: unknown) => ({ ok: false, detail: error instanceof Error ? error.message : String(error) })),
    late,
  ])
  clearTimeout(timer)
  return { name, required, ...state }
}
