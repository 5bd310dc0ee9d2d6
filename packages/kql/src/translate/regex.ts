import { type Context } from './context.ts'
import type { Scalar } from './scalar.ts'

// Without brackets, so that they can stand within a class too.
const unicode: Readonly<Record<string, string>> = {
  d: String.raw`\p{Nd}`,
  s: String.raw`\s\p{Z}\x{85}\v`,
  w: String.raw`\p{L}\p{M}\p{Nd}\p{Pc}`,
}

/** A pattern as the store's engine reads it. In KQL `.` ends at a line break; the engine's goes on. */
export function storedPattern(pattern: string): string {
  const rewritten = storedClasses(pattern)
  const dot = [...pattern.matchAll(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\./g)].some(([piece]) => piece === '.')
  return dot ? `(?-s)${rewritten}` : rewritten
}

/**
 * The classes of a pattern as the store's engine writes them: in KQL `\d`, `\s` and `\w` know all scripts. `\w` stays
 * with ASCII where it is counted, as its many ranges would exceed the engine's limit.
 */
export function storedClasses(pattern: string): string {
  const counted = /\{\d/.test(pattern)
  let within = false
  return pattern.replaceAll(
    /\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\[uU]\{[0-9A-Fa-f]{1,8}\}|\\[\s\S]|[[\]]/g,
    (piece) => {
      // A code point is written \x{…} only.
      if (piece.length > 2) return String.raw`\x{${piece.replaceAll(/[^0-9A-Fa-f]/g, '')}}`
      if (piece === '[') within = true
      else if (piece === ']') within = false
      else {
        const letter = piece[1] ?? ''
        const ranges = unicode[letter.toLowerCase()]
        if (ranges === undefined || (counted && letter.toLowerCase() === 'w')) return piece
        const negative = letter !== letter.toLowerCase()
        if (letter === 'D') return String.raw`\P{Nd}`
        if (within) return negative ? piece : ranges
        return letter === 'd' ? ranges : `[${negative ? '^' : ''}${ranges}]`
      }
      return piece
    },
  )
}

/** SQL of a pattern; one that is computed per row keeps the store's classes of characters. */
export function patternSql(context: Context, pattern: Scalar): string {
  if (typeof pattern.constant === 'string') return context.query.parameters.text(storedPattern(pattern.constant))
  return `concat('(?-s)', ${pattern.sql})`
}
