import type { Budget } from '../kernel/limits.ts'
import type { Process } from '../kernel/process.ts'
import { describe } from '../kernel/process.ts'
import { unescape } from '../shell/parse-word.ts'
import { allText, fail, parseFlags } from './program-input.ts'
import type { Pattern } from './safe-pattern.ts'
import { toPattern } from './safe-pattern.ts'

type Address = { line: number } | { pattern: Pattern } | { last: true }
interface Command {
  from?: Address
  to?: Address
  negated: boolean
  name: string
  pattern?: Pattern
  text: string
  flags: string
  active: boolean
}

/** sed with addresses and ranges, and the commands s d p q y= a i c. */
export async function sed(process: Process): Promise<number> {
  const { flags, values, operands } = parseFlags(process.args.slice(1), 'e')
  const script = values.get('e') ?? operands.shift()
  if (script === undefined) return fail(process, 'no script specified')
  let commands: Command[]
  try {
    commands = new ScriptReader(script, flags.has('E') || flags.has('r'), process.budget).commands()
  } catch (error) {
    return fail(process, `-e expression #1, ${describe(error)}`)
  }
  let status = 0
  for (const files of flags.has('i') ? operands.map((name) => [name]) : [operands]) {
    const text = await allText(process, files, (code) => (status = code))
    const lines = text.split('\n')
    if (lines.at(-1) === '') lines.pop()
    const result = await edit(process, commands, lines, flags.has('n'))
    if (flags.has('i') && status === 0) process.fs.writeFile(process.path(files[0]!), result, process.who)
    else await process.out(result)
  }
  return status
}

async function edit(process: Process, commands: Command[], lines: string[], quiet: boolean): Promise<string> {
  let result = ''
  for (const [index, original] of lines.entries()) {
    await process.tick()
    let line = original
    let deleted = false
    let quit = false
    let after = ''
    for (const command of commands) {
      if (!selected(command, line, index + 1, index === lines.length - 1)) continue
      if (command.name === 's') {
        const before = line
        line = command.pattern!.replace(
          line,
          (groups) => replacement(command.text, groups),
          command.flags.includes('g'),
        )
        if (line !== before && command.flags.includes('p')) result += `${line}\n`
      } else if (command.name === 'd') deleted = true
      else if (command.name === 'p') result += `${line}\n`
      else if (command.name === '=') result += `${index + 1}\n`
      else if (command.name === 'a') after += `${command.text}\n`
      else if (command.name === 'i') result += `${command.text}\n`
      else if (command.name === 'c') [deleted, result] = [true, `${result}${command.text}\n`]
      else if (command.name === 'q') quit = true
      if (deleted || quit) break
    }
    if (!deleted && !quiet) result += `${line}\n`
    result += after
    process.budget.spend('bytes', line.length)
    if (quit) break
  }
  return result
}

function selected(command: Command, line: string, number: number, last: boolean): boolean {
  const meets = (address: Address) =>
    'line' in address ? address.line === number : 'last' in address ? last : address.pattern.test(line)
  let chosen = true
  if (command.from !== undefined && command.to === undefined) chosen = meets(command.from)
  else if (command.from !== undefined && command.to !== undefined) {
    if (command.active) {
      chosen = true
      if (meets(command.to)) command.active = false
    } else {
      chosen = meets(command.from)
      command.active = chosen && !('line' in command.to && command.to.line <= number)
    }
  }
  return chosen !== command.negated
}

function replacement(template: string, groups: string[]): string {
  return template.replace(/\\(.)|&/gs, (whole, code: string | undefined) => {
    if (code === undefined) return groups[0] ?? ''
    if (/\d/.test(code)) return groups[Number(code)] ?? ''
    return code === 'n' || code === 't' ? unescape(whole) : code
  })
}

class ScriptReader {
  readonly #text: string
  readonly #extended: boolean
  readonly #budget: Budget
  #at = 0

  constructor(text: string, extended: boolean, budget: Budget) {
    this.#text = text
    this.#extended = extended
    this.#budget = budget
  }

  commands(): Command[] {
    const commands: Command[] = []
    for (;;) {
      while (/[\s;{}]/.test(this.#text[this.#at] ?? '')) this.#at++
      if (this.#at >= this.#text.length) return commands
      const from = this.#address()
      let to: Address | undefined
      if (from !== undefined && this.#text[this.#at] === ',') {
        this.#at++
        to = this.#address()
      }
      while (this.#text[this.#at] === ' ') this.#at++
      const negated = this.#text[this.#at] === '!'
      if (negated) this.#at++
      commands.push({ from, to, negated, active: false, ...this.#command() })
    }
  }

  #command(): Pick<Command, 'name' | 'pattern' | 'text' | 'flags'> {
    const name = this.#text[this.#at++] ?? ''
    if (name === 's') {
      const mark = this.#text[this.#at++] ?? ''
      const source = this.#until(mark)
      const text = this.#until(mark)
      const flags = /^[gpiI\d]*/.exec(this.#text.slice(this.#at))![0]
      this.#at += flags.length
      return { name, text, flags, pattern: this.#pattern(source, flags.toLowerCase().includes('i')) }
    }
    if ('aic'.includes(name) && name !== '') {
      const end = this.#text.indexOf('\n', this.#at)
      const text = this.#text.slice(this.#at, end < 0 ? undefined : end).replace(/^\s*\\?\s*/, '')
      this.#at = end < 0 ? this.#text.length : end
      return { name, text, flags: '' }
    }
    if (!'dpq='.includes(name) || name === '') throw new Error(`char ${this.#at}: unknown command: \`${name}'`)
    return { name, text: '', flags: '' }
  }

  #address(): Address | undefined {
    const rest = this.#text.slice(this.#at)
    const line = /^\d+/.exec(rest)?.[0]
    if (line !== undefined) return ((this.#at += line.length), { line: Number(line) })
    if (rest[0] === '$') return (this.#at++, { last: true })
    if (rest[0] !== '/') return undefined
    this.#at++
    return { pattern: this.#pattern(this.#until('/'), false) }
  }

  #until(mark: string): string {
    let text = ''
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!
      if (char === '\\' && this.#at + 1 < this.#text.length) {
        const next = this.#text[++this.#at]!
        text += next === mark ? next : `\\${next}`
      } else if (char === mark) {
        this.#at++
        return text
      } else text += char
    }
    throw new Error(`char ${this.#at}: unterminated \`s' command`)
  }

  #pattern(source: string, ignoreCase: boolean): Pattern {
    return toPattern(source, { ignoreCase, basic: !this.#extended, budget: this.#budget })
  }
}
