import { nouns } from '@cordon/contract'
import { useSyncExternalStore } from 'react'
import { markExpired } from './expiry.ts'
import { linkTo, refresh } from './query.ts'

export interface LiveState {
  state: 'connecting' | 'live' | 'lost'
  /** When this state began. */
  since: Date
}

let current: LiveState = { state: 'connecting', since: new Date() }
const listeners = new Set<() => void>()
let source: EventSource | undefined
let waiting: ReturnType<typeof setTimeout> | undefined
let hinted = new Set<string>()
let attempts = 0

function tell(state: LiveState['state']) {
  if (current.state === state) return
  current = { state, since: new Date() }
  for (const listener of listeners) listener()
}

/** Nouns named in a hint's data: `["action"]` or `{"changed": ["action"]}`. Anything else is no hint. */
export function nounsIn(data: string): string[] {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return []
  }
  const list = Array.isArray(value) ? value : (value as { changed?: unknown } | null)?.changed
  const words = Array.isArray(list) ? list : [list]
  return nouns.filter((noun) => words.includes(noun))
}

// Bursts of hints (a simulated attack raises dozens a second) become one refetch.
function hint(names: readonly string[]) {
  for (const name of names) hinted.add(name)
  if (hinted.size === 0 || waiting) return
  waiting = setTimeout(() => {
    waiting = undefined
    const all = [...hinted]
    hinted = new Set()
    refresh(all)
  }, 250)
}

/** Opens the stream; the returned function closes it. Hints only say what is stale, data always comes from queries. */
export function startLive(): () => void {
  let retry: ReturnType<typeof setTimeout> | undefined
  const open = () => {
    source = new EventSource(linkTo('stream'))
    source.addEventListener('open', () => {
      // What changed while nobody listened is unknown, so everything counts as changed.
      if (attempts > 0) refresh(nouns)
      // The page was read while the stream was being opened: an alert in between would stay unseen until the next.
      else hint(['incident', 'alert', 'action'])
      attempts = 0
      tell('live')
    })
    source.addEventListener('message', (event: MessageEvent<string>) => hint(nounsIn(event.data)))
    source.addEventListener('signed-out', markExpired)
    source.addEventListener('error', () => {
      attempts += 1
      tell('lost')
      // The browser gives up for good on some answers (503 from a proxy); asking again is ours then.
      if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, Math.min(15_000, 1000 * 2 ** attempts))
    })
  }
  open()
  return () => {
    clearTimeout(retry)
    source?.close()
    source = undefined
    attempts = 0
    tell('connecting')
  }
}

export function useLive(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => current,
  )
}
