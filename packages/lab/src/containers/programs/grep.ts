import type { Process } from '../kernel/process.ts'
import { describe } from '../kernel/process.ts'
import { absolute } from '../kernel/file-tree.ts'
import { FsError } from '../kernel/fs-error.ts'
import { fail, inputs, linesOf, parseFlags } from './program-input.ts'
import type { Pattern } from './safe-pattern.ts'
import { toPattern } from './safe-pattern.ts'

/** grep, egrep and fgrep with the options scripts use. Exit status 0 matched, 1 not, 2 error. */
export async function grep(process: Process): Promise<number> {
  const { flags, values, operands } = parseFlags(process.args.slice(1), 'emABC')
  const source = values.get('e') ?? operands.shift()
  if (source === undefined) return fail(process, 'usage: grep [OPTION]... PATTERNS [FILE]...', 2)
  let pattern: Pattern
  try {
    const fixed = flags.has('F') || process.name === 'fgrep'
    const extended = flags.has('E') || flags.has('P') || process.name === 'egrep'
    const bounded = flags.has('w') ? `\\b(?:${source})\\b` : flags.has('x') ? `^(?:${source})$` : source
    pattern = toPattern(flags.has('w') || flags.has('x') ? bounded : source, {
      ignoreCase: flags.has('i'),
      budget: process.budget,
      basic: !extended && !flags.has('w') && !flags.has('x'),
      fixed,
    })
  } catch (error) {
    return fail(process, describe(error), 2)
  }
  const recursive = flags.has('r') || flags.has('R')
  const files = recursive ? filesBelow(process, operands.length > 0 ? operands : ['.']) : operands
  const search = new Search(process, pattern, flags, files.length > 1 || recursive, Number(values.get('m') ?? Infinity))
  let status = 1
  for await (const input of inputs(process, files, () => (status = 2))) {
    if (await search.input(input.name, input.chunks)) {
      if (flags.has('q')) return 0
      status = 0
    }
  }
  return status
}

class Search {
  readonly #process: Process
  readonly #pattern: Pattern
  readonly #flags: Set<string>
  readonly #withName: boolean
  readonly #most: number

  constructor(process: Process, pattern: Pattern, flags: Set<string>, withName: boolean, most: number) {
    this.#process = process
    this.#pattern = pattern
    this.#flags = flags
    this.#withName = (withName || flags.has('H')) && !flags.has('h')
    this.#most = most
  }

  async input(name: string, chunks: AsyncIterable<string>): Promise<boolean> {
    let count = 0
    let number = 0
    const prefix = this.#withName ? `${name}:` : ''
    for await (const line of linesOf(this.#process, chunks)) {
      number++
      if (this.#pattern.test(line) === this.#flags.has('v')) continue
      count++
      if (this.#flags.has('q')) return true
      if (this.#flags.has('l')) break
      if (!this.#flags.has('c')) await this.#print(line, this.#flags.has('n') ? `${prefix}${number}:` : prefix)
      if (count >= this.#most) break
    }
    if (this.#flags.has('l') && count > 0) await this.#process.out(`${name}\n`)
    if (this.#flags.has('c')) await this.#process.out(`${prefix}${count}\n`)
    return count > 0
  }

  async #print(line: string, prefix: string): Promise<void> {
    if (!this.#flags.has('o')) return this.#process.out(`${prefix}${line}\n`)
    for (const match of this.#pattern.matches(line)) if (match !== '') await this.#process.out(`${prefix}${match}\n`)
  }
}

function filesBelow(process: Process, roots: string[]): string[] {
  const found: string[] = []
  const visit = (name: string, depth: number) => {
    process.budget.spend('steps')
    const node = process.fs.find(absolute(process.cwd, name), process.who)
    if (node?.kind === 'file') found.push(name)
    if (node?.kind !== 'directory' || depth > 32) return
    try {
      for (const [entry] of process.fs.list(absolute(process.cwd, name), process.who))
        visit(`${name.replace(/\/$/, '')}/${entry}`, depth + 1)
    } catch (error) {
      if (!(error instanceof FsError)) throw error
    }
  }
  for (const root of roots) visit(root, 0)
  return found
}
