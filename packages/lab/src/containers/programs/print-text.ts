import { LimitExceeded } from '../kernel/limits.ts'
import { unescape } from '../shell/parse-word.ts'

/** Output of echo. dash and POSIX interpret backslashes always, bash and busybox only with -e. */
export function echoText(args: string[], alwaysEscapes: boolean): string {
  let escapes = alwaysEscapes
  let newline = true
  let at = 0
  for (; /^-[neE]+$/.test(args[at] ?? ''); at++) {
    if (args[at]!.includes('n')) newline = false
    if (args[at]!.includes('e')) escapes = true
    if (args[at]!.includes('E')) escapes = false
  }
  const text = args.slice(at).join(' ')
  return (escapes ? unescape(text) : text) + (newline ? '\n' : '')
}

/** printf(1): the format is used again while arguments are left. Widths are capped at 4096. */
export function formatPrintf(words: string[]): string {
  const [format = '', ...args] = words
  let result = ''
  do {
    let used = 0
    result += unescapeFormat(format).replace(
      /%(%|([-+ 0#]*)(\*|\d+)?(?:\.(\d+))?([sdiuxXocqbf]))/g,
      (whole, ...groups: (string | undefined)[]) => {
        const [code, flags = '', width, precision, kind] = groups
        if (code === '%') return '%'
        if (kind === undefined) return whole
        const size = width === '*' ? Number(args[used++] ?? 0) : Number(width ?? 0)
        const argument = args[used++] ?? ''
        return pad(convert(argument, kind, precision), flags, Math.min(size || 0, 4096))
      },
    )
    args.splice(0, used === 0 ? args.length : used)
    if (result.length > 1024 * 1024) throw new LimitExceeded('lab limit reached: printf too long')
  } while (args.length > 0)
  return result
}

function unescapeFormat(format: string): string {
  return unescape(format)
}

function convert(argument: string, kind: string, precision: string | undefined): string {
  const number = () => {
    if (/^["']/.test(argument)) return argument.charCodeAt(1) || 0
    const value = Number(argument.trim() || 0)
    return Number.isFinite(value) ? value : Number.parseInt(argument, 10) || 0
  }
  switch (kind) {
    case 's':
      return precision === undefined ? argument : argument.slice(0, Number(precision))
    case 'b':
      return unescape(argument)
    case 'c':
      return argument.slice(0, 1)
    case 'q':
      return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
    case 'x':
      return Math.trunc(number()).toString(16)
    case 'X':
      return Math.trunc(number()).toString(16).toUpperCase()
    case 'o':
      return Math.trunc(number()).toString(8)
    case 'f':
      return number().toFixed(Math.min(Number(precision ?? 6), 20))
    default:
      return String(Math.trunc(number()))
  }
}

function pad(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width)
  if (flags.includes('0') && /^-?\d/.test(text))
    return text.startsWith('-') ? `-${text.slice(1).padStart(width - 1, '0')}` : text.padStart(width, '0')
  return text.padStart(width)
}
