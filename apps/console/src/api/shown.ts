import { call } from './query.ts'

type Shown = { alert: string } | { incident: { id: number; updatedAt: string } }

const gatherMs = 200
const most = 500

let gathered: { shown: Shown; at: number }[] = []
let timer: ReturnType<typeof setTimeout> | undefined

/** Reports painted rows, a few at a time. `at` is this page's own clock: only how long ago it was is sent. */
export function reportShown(rows: readonly Shown[], at: number): void {
  gathered.push(...rows.map((shown) => ({ shown, at })))
  timer ??= setTimeout(send, gatherMs)
}

function send(): void {
  timer = undefined
  const some = gathered.slice(0, most)
  gathered = []
  const alerts = some.flatMap(({ shown }) => ('alert' in shown ? [shown.alert] : []))
  const incidents = some.flatMap(({ shown }) => ('incident' in shown ? [shown.incident] : []))
  const ago = Math.min(10_000, Math.max(0, performance.now() - Math.max(...some.map((one) => one.at))))
  // A measurement that is lost is no fault anybody has to hear of.
  void call('alertShown', { body: { alerts, incidents, ago } }).catch(() => undefined)
}
