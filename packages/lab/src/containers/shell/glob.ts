/** Matches shell patterns without regular expressions, so that no pattern can take exponential time. */

/** In patterns a backslash makes the next character plain. `*`, `?` and `[…]` as in POSIX 2.13. */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0
  let from = 0
  let star = -1
  let starFrom = 0
  while (from < text.length) {
    const step = at < pattern.length && pattern[at] !== '*' ? matchOne(pattern, at, text[from]!) : 0
    if (step > 0) {
      at += step
      from++
    } else if (pattern[at] === '*') {
      star = at++
      starFrom = from
    } else if (star >= 0) {
      at = star + 1
      from = ++starFrom
    } else return false
  }
  while (pattern[at] === '*') at++
  return at >= pattern.length
}

/** Length of the pattern element at `at` when it matches `char`, else 0. */
function matchOne(pattern: string, at: number, char: string): number {
  const first = pattern[at]!
  if (first === '?') return 1
  if (first === '\\') return pattern[at + 1] === char ? 2 : 0
  if (first !== '[') return first === char ? 1 : 0
  const end = pattern.indexOf(']', at + (/[\]!^]/.test(pattern[at + 1] ?? '') ? 2 : 1))
  if (end < 0) return char === '[' ? 1 : 0
  const set = pattern.slice(at + 1, end)
  const negated = set[0] === '!' || set[0] === '^'
  return inSet(negated ? set.slice(1) : set, char) !== negated ? end - at + 1 : 0
}

function inSet(set: string, char: string): boolean {
  for (let at = 0; at < set.length; at++) {
    if (set[at + 1] === '-' && at + 2 < set.length) {
      if (char >= set[at]! && char <= set[at + 2]!) return true
      at += 2
    } else if (set[at] === char) return true
  }
  return false
}

export function hasGlob(pattern: string): boolean {
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++
    else if ('*?['.includes(pattern[at]!)) return true
  }
  return false
}

/** Quoted text as a pattern that matches only itself. */
export function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&')
}
