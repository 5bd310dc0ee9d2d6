import { createContext, Script } from 'node:vm'

/**
 * Regular expressions of commands in containers come from attackers, and JavaScript's engine backtracks. Patterns that
 * could take long run under a watchdog, so that none of them can stall the lab.
 */
export interface Pattern {
  test(line: string): boolean
  /** Matches of a line, at most 1000. `kept` drops what stands before `\K` in Perl patterns. */
  matches(line: string): string[]
  replace(line: string, replacement: (groups: string[]) => string, all: boolean): string
}

const timeLimitMs = 250
const maxLine = 65_536
const sandbox = createContext({ expression: /$^/, text: '', found: undefined as unknown })
const runAll = new Script('found = Array.from(text.matchAll(expression)).slice(0, 1000)')

/** Compiles a pattern in the syntax of `grep -E` or, with `basic`, of plain grep and sed. Throws Error when it is malformed. */
export function toRegExp(source: string, options: { flags: string; basic?: boolean; fixed?: boolean }): Pattern {
  const keep = options.basic ? -1 : source.indexOf('\\K')
  const translated = translate(keep >= 0 ? `(?<=${source.slice(0, keep)})${source.slice(keep + 2)}` : source, options)
  let expression: RegExp
  try {
    expression = new RegExp(translated, `g${options.flags}`)
  } catch {
    throw new Error(`Invalid regular expression: ${source.slice(0, 80)}`)
  }
  const risky = (translated.match(/[*+{]/g)?.length ?? 0) > 1
  const all = (line: string): RegExpExecArray[] => {
    const text = line.slice(0, maxLine)
    expression.lastIndex = 0
    if (!risky) return Array.from(text.matchAll(expression)).slice(0, 1000)
    const context = sandbox as { expression: RegExp; text: string; found: unknown }
    Object.assign(context, { expression, text })
    try {
      runAll.runInContext(sandbox, { timeout: timeLimitMs })
    } catch {
      throw new Error("exceeded the lab's backtracking limit")
    }
    return context.found as RegExpExecArray[]
  }
  return {
    test: (line) => all(line).length > 0,
    matches: (line) => all(line).map((match) => match[0]),
    replace: (line, replacement, global) => {
      let result = ''
      let at = 0
      for (const match of global ? all(line) : all(line).slice(0, 1)) {
        result += line.slice(at, match.index) + replacement(match.map((group) => group ?? ''))
        at = match.index + match[0].length
      }
      return result + line.slice(at)
    },
  }
}

const classes: Record<string, string> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
}

function translate(source: string, options: { basic?: boolean; fixed?: boolean }): string {
  if (options.fixed) return source.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const posix = source.replace(/\[:(\w+):\]/g, (whole, name: string) => classes[name] ?? whole)
  if (!options.basic) return posix
  // In basic expressions the bare characters are plain and the escaped ones are operators.
  return posix.replace(/\\(.)|([+?(){}|])/gs, (_, escaped: string | undefined, plain: string | undefined) => {
    if (plain !== undefined) return `\\${plain}`
    return '+?(){}|'.includes(escaped!) ? escaped! : `\\${escaped}`
  })
}
