import { redactCommandLine } from './redact.ts'

/** Longest stored text of each kind, in UTF-16 units. Attackers choose these texts. */
export const textLimit = { name: 1_024, path: 4_096, commandLine: 32_768, userAgent: 1_024, excerpt: 500 } as const

/** Longest JSON of one raw event that is kept whole, in characters; the API server's own limit of a request is 3 MiB. */
export const rawLimit = 1_500_000
const rawStringLimit = 262_144
/** Deepest nesting that is read; schemas of custom resources stay well below. */
export const depthLimit = 200

/** What the API server and AKS write in place of a body that is too big. */
export const bodyTooBig = 'skipped-too-big-size-object'

const cutMark = /…\[cut, (\d{1,12}) characters\]$/

/**
 * The text, cut to `limit` with its true length noted (also when it was cut before); lone surrogates become U+FFFD so
 * that it can be stored.
 */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text.isWellFormed() ? text : text.toWellFormed()
  const length = cutMark.exec(text.slice(-40))?.[1] ?? text.length
  return `${text.slice(0, limit).toWellFormed()}…[cut, ${length} characters]`
}

/** A piece of any value to show why it was set aside, secrets taken out. At most 500 characters. */
export function excerpt(value: unknown): string {
  if (typeof value === 'string')
    return clip(redactCommandLine(value.slice(0, 4 * textLimit.excerpt)), textLimit.excerpt)
  try {
    return clip(redactCommandLine(JSON.stringify(shallow(value, 3)) ?? String(value)), textLimit.excerpt)
  } catch {
    return '(not representable)'
  }
}

// Bounded before it is turned to text: an excerpt of a 60 MB value must not cost 60 MB.
function shallow(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.slice(0, textLimit.excerpt)
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return Array.isArray(value) ? '[…]' : '{…}'
  if (Array.isArray(value)) return value.slice(0, 10).map((item) => shallow(item, depth - 1))
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, 20)
      .map(([key, item]) => [key.slice(0, 100), shallow(item, depth - 1)]),
  )
}

export interface BoundedRaw {
  raw: Record<string, unknown>
  truncated: boolean
}

/**
 * Brings one raw event below the limits: over-long texts are cut with a mark, and when the whole is still too big the
 * response and then the request body give way to the marker the API server itself uses. `reason` when it nests deeper
 * than can be handled safely.
 */
export function boundRaw(raw: Record<string, unknown>): BoundedRaw | { reason: string } {
  const size = measure(raw, 0)
  if (size === undefined) return { reason: `nested deeper than ${depthLimit} levels` }
  if (size.total <= rawLimit && size.longest <= rawStringLimit) return { raw, truncated: false }
  let bounded = size.longest > rawStringLimit ? (cutTexts(raw, rawStringLimit) as Record<string, unknown>) : raw
  for (const body of ['responseObject', 'requestObject']) {
    if ((measure(bounded, 0)?.total ?? 0) > rawLimit && body in bounded) bounded = { ...bounded, [body]: bodyTooBig }
  }
  if ((measure(bounded, 0)?.total ?? 0) > rawLimit) bounded = cutToBudget(bounded)
  return { raw: bounded, truncated: true }
}

interface Size {
  total: number
  longest: number
}

function measure(value: unknown, depth: number, size: Size = { total: 0, longest: 0 }): Size | undefined {
  if (depth > depthLimit) return undefined
  if (typeof value === 'string') {
    size.total += value.length + 3
    if (value.length > size.longest) size.longest = value.length
  } else if (Array.isArray(value)) {
    size.total += 2
    for (const item of value) if (measure(item, depth + 1, size) === undefined) return undefined
  } else if (typeof value === 'object' && value !== null) {
    size.total += 2
    for (const key in value) {
      size.total += key.length + 4
      if (key.length > size.longest) size.longest = key.length
      if (measure((value as Record<string, unknown>)[key], depth + 1, size) === undefined) return undefined
    }
  } else size.total += 8
  return size
}

function cutTexts(value: unknown, limit: number): unknown {
  if (typeof value === 'string') return value.length > limit ? clip(value, textLimit.commandLine) : value
  if (Array.isArray(value)) return value.map((item) => cutTexts(item, limit))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [clip(key, textLimit.name), cutTexts(item, limit)]),
  )
}

/** Keeps members in order until the budget is used; what is left out is named. */
function cutToBudget(raw: Record<string, unknown>): Record<string, unknown> {
  let left = rawLimit
  const kept: [string, unknown][] = []
  const dropped: string[] = []
  for (const [key, value] of Object.entries(raw)) {
    const size = (measure(value, 0)?.total ?? 0) + key.length
    if (size <= left) {
      left -= size
      kept.push([key, value])
    } else if (dropped.length < 20) dropped.push(clip(key, 100))
  }
  return Object.fromEntries([...kept, ['cordonDropped', dropped]])
}
