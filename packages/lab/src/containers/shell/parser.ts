import { matchingParenthesis, parseHereText, parseWord } from './parse-word.ts'
import type { Command, Redirect, Word } from './syntax.ts'
import { IncompleteInput, SyntaxError } from './syntax.ts'
import { closers, operators, redirectPattern, reserved } from './tokens.ts'

const maxDepth = 100
/** Recursive descent over the text of a script: POSIX grammar plus the bash forms scripts commonly use. */
export class Parser {
  readonly text: string
  at = 0
  #depth = 0
  #hereDocuments: { redirect: Redirect; end: string; strip: boolean; quoted: boolean }[] = []

  constructor(text: string) {
    this.text = text
  }

  /** The next complete line of commands, or undefined at the end. Throws SyntaxError; IncompleteInput asks for more text. */
  next(): Command | undefined {
    this.#skipNewlines()
    if (this.at >= this.text.length) return undefined
    const command = this.#list(false)
    this.#blanks()
    if (this.at < this.text.length && this.text[this.at] !== '\n') throw this.#unexpected()
    if (this.text[this.at] === '\n') this.#newline()
    if (this.#hereDocuments.length > 0) this.#readHereDocuments()
    return command
  }

  /** Commands up to a closing word or the end. `multiline` lists run over newlines. */
  #list(multiline: boolean): Command {
    if (++this.#depth > maxDepth) throw new SyntaxError('commands nested too deep')
    const commands: { command: Command; background: boolean }[] = []
    for (;;) {
      if (multiline) this.#skipNewlines()
      if (this.#atListEnd()) break
      const command = this.#andOr()
      const operator = this.#operator()
      const background = operator === '&'
      commands.push({ command, background })
      if (background || operator === ';') this.at += 1
      else if (!(multiline && this.text[this.at] === '\n')) break
    }
    this.#depth--
    if (commands.length === 0)
      throw this.at >= this.text.length ? new IncompleteInput('unexpected end of file') : this.#unexpected()
    const only = commands[0]!
    return commands.length === 1 && !only.background ? only.command : { kind: 'sequence', commands }
  }

  #atListEnd(): boolean {
    this.#blanks()
    if (this.at >= this.text.length || this.text[this.at] === '\n') return true
    const operator = this.#operator()
    return operator === ')' || operator === ';;' || closers.has(this.#peekWord())
  }

  #andOr(): Command {
    let left = this.#pipeline()
    for (;;) {
      const operator = this.#operator()
      if (operator !== '&&' && operator !== '||') return left
      this.at += 2
      this.#skipNewlines()
      if (this.at >= this.text.length) throw new IncompleteInput('unexpected end of file')
      left = { kind: 'and-or', left, operator, right: this.#pipeline() }
    }
  }

  #pipeline(): Command {
    let negated = false
    while (this.#takeWord('!')) negated = !negated
    const commands = [this.#command()]
    while (this.#operator() === '|' || this.#operator() === '|&') {
      this.at += this.#operator()!.length
      this.#skipNewlines()
      if (this.at >= this.text.length) throw new IncompleteInput('unexpected end of file')
      commands.push(this.#command())
    }
    return commands.length === 1 && !negated ? commands[0]! : { kind: 'pipeline', commands, negated }
  }

  #command(): Command {
    this.#blanks()
    if (this.text.startsWith('((', this.at)) return this.#arithmetic()
    if (this.text[this.at] === '(') {
      this.at++
      const body = this.#list(true)
      this.#expectOperator(')')
      return { kind: 'subshell', body, redirects: this.#redirects() }
    }
    const word = this.#peekWord()
    if (word === 'if') return this.#if()
    if (word === 'while' || word === 'until') return this.#loop(word === 'until')
    if (word === 'for') return this.#for()
    if (word === 'case') return this.#case()
    if (word === '[[') return this.#condition()
    if (word === '{') {
      this.at++
      const body = this.#list(true)
      this.#expectWord('}')
      return { kind: 'group', body, redirects: this.#redirects() }
    }
    const fn = /^(?:function[ \t]+([\w.:-]+)[ \t]*(?:\([ \t]*\))?|([A-Za-z_][\w.:-]*)[ \t]*\([ \t]*\))/.exec(
      this.text.slice(this.at, this.at + 256),
    )
    if (fn !== null) {
      this.at += fn[0].length
      this.#skipNewlines()
      if (this.at >= this.text.length) throw new IncompleteInput('unexpected end of file')
      return { kind: 'function', name: (fn[1] ?? fn[2])!, body: this.#command() }
    }
    if (closers.has(word)) throw this.#unexpected()
    return this.#simple()
  }

  #simple(): Command {
    const assignments: (Command & { kind: 'simple' })['assignments'] = []
    const words: Word[] = []
    const redirects: Redirect[] = []
    for (;;) {
      this.#blanks()
      const redirect = this.#redirect()
      if (redirect !== undefined) {
        redirects.push(redirect)
        continue
      }
      if (this.at >= this.text.length || '\n;&|()'.includes(this.text[this.at]!)) break
      const assignment =
        words.length === 0 ? /^([A-Za-z_]\w*)(\+?)=/.exec(this.text.slice(this.at, this.at + 256)) : null
      if (assignment !== null) {
        this.at += assignment[0].length
        assignments.push({ name: assignment[1]!, append: assignment[2] === '+', value: parseWord(this.#cursor()) })
        continue
      }
      words.push(this.#word())
    }
    if (assignments.length + words.length + redirects.length === 0)
      throw this.at >= this.text.length ? new IncompleteInput('unexpected end of file') : this.#unexpected()
    return { kind: 'simple', assignments, words, redirects }
  }

  #if(): Command {
    const branches: { condition: Command; body: Command }[] = []
    let otherwise: Command | undefined
    let keyword = 'if'
    for (;;) {
      this.#expectWord(keyword)
      if (keyword === 'else') {
        otherwise = this.#list(true)
        this.#expectWord('fi')
        break
      }
      const condition = this.#list(true)
      this.#expectWord('then')
      branches.push({ condition, body: this.#list(true) })
      this.#skipNewlines()
      keyword = this.#peekWord()
      if (this.#takeWord('fi')) break
      if (keyword !== 'elif' && keyword !== 'else') throw this.#unexpected()
    }
    return { kind: 'if', branches, otherwise, redirects: this.#redirects() }
  }

  #loop(until: boolean): Command {
    this.#expectWord(until ? 'until' : 'while')
    const condition = this.#list(true)
    const body = this.#doGroup()
    return { kind: 'loop', until, condition, body, redirects: this.#redirects() }
  }

  #for(): Command {
    this.#expectWord('for')
    this.#blanks()
    const variable = /^[A-Za-z_]\w*/.exec(this.text.slice(this.at, this.at + 256))?.[0]
    if (variable === undefined) throw this.#unexpected()
    this.at += variable.length
    this.#skipNewlines()
    let items: Word[] | undefined
    if (this.#takeWord('in')) {
      items = []
      for (;;) {
        this.#blanks()
        if (this.at >= this.text.length || '\n;&|()'.includes(this.text[this.at]!)) break
        items.push(this.#word())
      }
    }
    if (this.#operator() === ';') this.at++
    const body = this.#doGroup()
    return { kind: 'for', variable, items, body, redirects: this.#redirects() }
  }

  #doGroup(): Command {
    this.#skipNewlines()
    this.#expectWord('do')
    const body = this.#list(true)
    this.#expectWord('done')
    return body
  }

  #case(): Command {
    this.#expectWord('case')
    this.#blanks()
    const subject = this.#word()
    this.#skipNewlines()
    this.#expectWord('in')
    const branches: { patterns: Word[]; body: Command | undefined }[] = []
    for (;;) {
      this.#skipNewlines()
      if (this.#takeWord('esac')) return { kind: 'case', subject, branches, redirects: this.#redirects() }
      if (this.at >= this.text.length) throw new IncompleteInput('unexpected end of file')
      if (this.#operator() === '(') this.at++
      const patterns: Word[] = []
      do {
        if (this.#operator() === '|') this.at++
        this.#blanks()
        patterns.push(this.#word())
      } while (this.#operator() === '|')
      this.#expectOperator(')')
      this.#skipNewlines()
      const body = this.#atListEnd() ? undefined : this.#list(true)
      branches.push({ patterns, body })
      this.#skipNewlines()
      if (this.#operator() === ';;') this.at += 2
    }
  }

  #arithmetic(): Command {
    const end = matchingParenthesis(this.text, this.at)
    const inner = this.text.slice(this.at + 2, end - 1)
    this.at = end + 1
    return { kind: 'arithmetic', expression: parseHereText(inner), redirects: this.#redirects() }
  }

  #condition(): Command {
    this.#expectWord('[[')
    const words: { word: Word; operator: boolean }[] = []
    for (;;) {
      this.#skipNewlines()
      if (this.at >= this.text.length) throw new IncompleteInput('unexpected end of file')
      if (this.#takeWord(']]')) return { kind: 'condition', words, redirects: this.#redirects() }
      const operator = /^(?:&&|\|\||[()<>])/.exec(this.text.slice(this.at, this.at + 2))?.[0]
      if (operator !== undefined) {
        this.at += operator.length
        words.push({ word: [{ kind: 'text', text: operator, quoted: false }], operator: true })
        continue
      }
      const previous = words.at(-1)?.word
      const isPattern = previous?.length === 1 && previous[0]!.kind === 'text' && previous[0]!.text === '=~'
      const word = isPattern ? parseWord(this.#cursor(), ' \t\n') : this.#word()
      words.push({ word, operator: false })
    }
  }

  #redirects(): Redirect[] {
    const redirects: Redirect[] = []
    for (;;) {
      this.#blanks()
      const redirect = this.#redirect()
      if (redirect === undefined) return redirects
      redirects.push(redirect)
    }
  }

  #redirect(): Redirect | undefined {
    const match = redirectPattern.exec(this.text.slice(this.at, this.at + 8))
    if (match === null) return undefined
    this.at += match[0].length
    const fd = match[1] === '' ? undefined : Number(match[1])
    const operator = match[2]!
    this.#blanks()
    if (this.at >= this.text.length) throw new IncompleteInput('unexpected end of file')
    const start = this.at
    const target = this.#word()
    if (operator !== '<<' && operator !== '<<-') return { fd, operator: operator as Redirect['operator'], target }
    const raw = this.text.slice(start, this.at)
    const end = raw.replace(/["'\\]/g, '')
    const redirect: Redirect = { fd, operator: '<<', target: [] }
    this.#hereDocuments.push({ redirect, end, strip: operator === '<<-', quoted: end !== raw })
    return redirect
  }

  #readHereDocuments(): void {
    const pending = this.#hereDocuments
    this.#hereDocuments = []
    for (const { redirect, end, strip, quoted } of pending) {
      const lines: string[] = []
      for (;;) {
        if (this.at >= this.text.length)
          throw new IncompleteInput(`here-document delimited by end-of-file (wanted \`${end}')`)
        const stop = this.text.indexOf('\n', this.at)
        const raw = this.text.slice(this.at, stop < 0 ? undefined : stop)
        this.at = stop < 0 ? this.text.length : stop + 1
        const line = strip ? raw.replace(/^\t+/, '') : raw
        if (line === end) break
        lines.push(`${line}\n`)
      }
      const text = lines.join('')
      redirect.target = quoted ? [{ kind: 'text', text, quoted: true }] : parseHereText(text)
    }
  }

  #word(): Word {
    const word = parseWord(this.#cursor())
    if (word.length === 0) throw this.#unexpected()
    return word
  }

  /** A view that lets the word parser move our position. */
  #cursor() {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the cursor writes back into this parser
    const parser = this
    return {
      text: this.text,
      depth: 0,
      get at() {
        return parser.at
      },
      set at(value: number) {
        parser.at = value
      },
    }
  }

  #blanks(): void {
    for (;;) {
      const char = this.text[this.at]
      if (char === ' ' || char === '\t' || char === '\r') this.at++
      else if (char === '\\' && this.text[this.at + 1] === '\n') this.at += 2
      else if (char === '#' && /[\s;&|()]/.test(this.text[this.at - 1] ?? ' ')) {
        const end = this.text.indexOf('\n', this.at)
        this.at = end < 0 ? this.text.length : end
      } else return
    }
  }

  #skipNewlines(): void {
    this.#blanks()
    while (this.text[this.at] === '\n') {
      this.#newline()
      this.#blanks()
    }
  }

  #newline(): void {
    this.at++
    if (this.#hereDocuments.length > 0) this.#readHereDocuments()
  }

  #operator(): string | undefined {
    this.#blanks()
    const text = this.text.slice(this.at, this.at + 3)
    return operators.find((operator) => text.startsWith(operator))
  }

  /** The reserved word at the cursor, or ''. */
  #peekWord(): string {
    this.#blanks()
    const word = /^(?:[a-z]+|[{}!]|\[\[|\]\])(?=[\s;&|()<>]|$)/.exec(this.text.slice(this.at, this.at + 16))?.[0] ?? ''
    return reserved.has(word) || word === ']]' ? word : ''
  }

  #takeWord(word: string): boolean {
    if (this.#peekWord() !== word) return false
    this.at += word.length
    return true
  }

  #expectWord(word: string): void {
    this.#skipNewlines()
    if (this.#takeWord(word)) return
    throw this.at >= this.text.length ? new IncompleteInput('unexpected end of file') : this.#unexpected()
  }

  #expectOperator(operator: string): void {
    this.#skipNewlines()
    if (this.#operator() !== operator)
      throw this.at >= this.text.length ? new IncompleteInput('unexpected end of file') : this.#unexpected()
    this.at += operator.length
  }

  #unexpected(): SyntaxError {
    const near = /^(?:&&|\|\||;;|[\n;&|()<>]|[^\s;&|()<>]+)/.exec(this.text.slice(this.at, this.at + 40))?.[0] ?? ''
    return new SyntaxError(`syntax error near unexpected token \`${near === '\n' ? 'newline' : near}'`)
  }
}
