import type { HuntResult } from '@cordon/contract'

/** An answer with what it answers, and when it came. */
export interface KeptResult {
  result: HuntResult
  query: string
  timespan: string
  /** ISO 8601. */
  at: string
}

const prefix = 'cordon.hunting.result.'
const ofUser = (user: string) => `${encodeURIComponent(user)}/`
/** Characters of one: a browser gives a window about five million for all. */
const longest = 600_000

/** Under which the answer of a tab is kept. */
export function resultKey(user: string, tab: string): string {
  return ofUser(user) + tab
}

/** The answer that this window held before it was loaded again; undefined where there is none. */
export function keptResult(key: string): KeptResult | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(prefix + key) ?? 'null') as Partial<KeptResult> | null
    const isWhole = Array.isArray(kept?.result?.results) && Array.isArray(kept.result.schema)
    // Only our own writes have this key.
    return isWhole && typeof kept.at === 'string' ? (kept as KeptResult) : undefined
  } catch {
    return undefined // storage is off, or holds something else
  }
}

/** Keeps an answer for as long as the window is open. One that is too large is run again instead. */
export function keepResult(key: string, kept: KeptResult): void {
  try {
    const text = JSON.stringify(kept)
    if (text.length > longest) sessionStorage.removeItem(prefix + key)
    else sessionStorage.setItem(prefix + key, text)
  } catch {
    forgetResult(key) // full: an answer to another query must not stay
  }
}

export function forgetResult(key: string): void {
  try {
    sessionStorage.removeItem(prefix + key)
  } catch {
    // Storage is off: nothing was kept.
  }
}

/** Forgets all, but those of this person: others in the same window have not asked for them. */
export function forgetResults(butOf?: string): void {
  try {
    const keys = Array.from({ length: sessionStorage.length }, (_none, index) => sessionStorage.key(index))
    const kept = butOf === undefined ? undefined : prefix + ofUser(butOf)
    for (const key of keys)
      if (key?.startsWith(prefix) && !(kept && key.startsWith(kept))) sessionStorage.removeItem(key)
  } catch {
    // As above.
  }
}
