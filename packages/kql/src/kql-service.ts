import { type KustoDiagnostic, type KustoRuntime, kustoRuntime } from './service/kusto-runtime.ts'
import { toSyntax } from './service/to-syntax.ts'
import { KqlRefusal } from './refusal.ts'
import { singleEquals } from './single-equals.ts'
import { type Catalog, translate, type Translation } from './translate/translate.ts'
import { KqlDiscovery } from './translate/discovery.ts'

/** A problem with the query; offsets count UTF-16 units from its start. */
export interface Diagnostic {
  start: number
  end: number
  severity: 'error' | 'warning' | 'information'
  message: string
  /** Another way to write it. */
  hint?: string
  /** Text that repairs it, put in place of start to end. */
  fix?: string
}

export interface SchemaTable {
  name: string
  columns: readonly { name: string; type: string }[]
}

export type Compiled =
  | { state: 'ready'; translation: Translation; diagnostics: Diagnostic[] }
  | { state: 'discover'; discovery: KqlDiscovery; parameters: Translation['parameters'] }
  /** `bound`: the query is valid for the language service, and what it asks for is not translated. */
  | { state: 'refused'; diagnostics: Diagnostic[]; bound: boolean }

export interface Completion {
  label: string
  apply: string
  kind: number
}

const maxLength = 100_000
/** What is kept of the texts seen last; a tree takes some hundred bytes a character. */
const keptAnalyses = 64
const keptLength = 10_000
/** Analyses until the language service forgets what it has seen: tens of megabytes by then. */
const remembered = 500

/** `root` goes when the tree is made of it: it is many times larger, and what is kept makes every collection longer. */
type Analysis =
  | { root?: Parameters<typeof toSyntax>[0]; diagnostics: Diagnostic[]; tree?: ReturnType<typeof toSyntax> }
  | { failed: Diagnostic }

/** Parses, binds and translates against one schema. Holds 150 MB once it has answered; one per thread is enough. */
export class KqlService {
  readonly #runtime: KustoRuntime
  readonly #globals: unknown
  #remembering: unknown
  #since = 0
  readonly #analysed = new Map<string, Analysis>()

  constructor(tables: readonly SchemaTable[]) {
    this.#runtime = kustoRuntime()
    this.#globals = this.#runtime.globalsFor(
      tables.map(({ name, columns }) => ({
        name,
        columns: columns.map((column) => `['${column.name}']:${column.type}`).join(','),
      })),
    )
  }

  /** The SQL of a query, or what keeps it from having one. `now` in ticks of 100 ns since 1970. */
  compile(text: string, catalog: Catalog, now: bigint): Compiled {
    if (text.length > maxLength)
      return refused([
        { start: 0, end: text.length, severity: 'error', message: `A query has at most ${maxLength} characters` },
      ])
    const analysis = this.#analyze(text)
    if ('failed' in analysis) return refused([analysis.failed])
    const { diagnostics } = analysis
    if (diagnostics.some((diagnostic) => diagnostic.severity === 'error')) return refused(diagnostics)
    try {
      return {
        state: 'ready',
        translation: translate(this.#treeOf(analysis), catalog, now),
        diagnostics,
      }
    } catch (error) {
      if (error instanceof KqlDiscovery) return { state: 'discover', discovery: error, parameters: error.parameters }
      if (error instanceof KqlRefusal) return refused([...diagnostics, asDiagnostic(error)], true)
      if (error instanceof RangeError)
        return refused(
          [{ start: 0, end: text.length, severity: 'error', message: 'The query is nested too deeply' }],
          true,
        )
      throw error
    }
  }

  /** Problems only, for the editor. */
  diagnose(text: string, catalog: Catalog, now: bigint): Diagnostic[] {
    if (text.trim() === '') return []
    const compiled = this.compile(text, catalog, now)
    return compiled.state === 'discover' ? [] : compiled.diagnostics
  }

  /** What can stand at the position. */
  complete(text: string, position: number): Completion[] {
    if (text.length > maxLength) return []
    try {
      return this.#runtime
        .complete(text, position, this.#globals)
        .map(({ display, apply, kind }) => ({ label: display, apply, kind }))
    } catch {
      return []
    }
  }

  /** Most texts come again: the editor asks what is wrong with them before they run, and saved hunts run every few minutes. */
  #analyze(text: string): Analysis {
    const known = this.#analysed.get(text)
    const analysis = known ?? this.#analyzeAfresh(text)
    // The one used last stands last; the first goes.
    this.#analysed.delete(text)
    if (text.length <= keptLength) this.#analysed.set(text, analysis)
    if (this.#analysed.size > keptAnalyses) this.#analysed.delete(this.#analysed.keys().next().value ?? '')
    return analysis
  }

  #treeOf(analysis: Exclude<Analysis, { failed: Diagnostic }>): ReturnType<typeof toSyntax> {
    analysis.tree ??= toSyntax(analysis.root!, this.#runtime) // one of them is there
    delete analysis.root
    return analysis.tree
  }

  /** The language service knows `project …, pack_all()` of `find` by its former name `pack(*)` only. */
  #parse(text: string): ReturnType<KustoRuntime['parse']> {
    const first = this.#runtime.parse(text, this.#remembering)
    const places = first.diagnostics.filter(({ Message }) => Message.startsWith('Column name expected'))
    const renamed = places.reduce(
      (at, { Start }) =>
        at.slice(0, Start) + at.slice(Start).replace(/^pack_all\s*\(\s*\)/, (call) => 'pack(*)'.padEnd(call.length)),
      text,
    )
    if (renamed === text) return first
    const second = this.#runtime.parse(renamed, this.#remembering)
    return second.diagnostics.some(({ Severity }) => Severity === 'Error') ? first : second
  }

  #analyzeAfresh(text: string): Analysis {
    if (this.#since % remembered === 0) this.#remembering = this.#runtime.withMemory(this.#globals)
    this.#since += 1
    try {
      const { root, diagnostics } = this.#parse(text)
      const shown = explained(
        text,
        diagnostics.filter((diagnostic) => !stricterThanEngine(text, diagnostic)),
      )
      return shown.some(({ severity }) => severity === 'error') ? { diagnostics: shown } : { root, diagnostics: shown }
    } catch {
      // A few inputs crash the language service itself.
      return { failed: { start: 0, end: text.length, severity: 'error', message: 'The query could not be analysed' } }
    }
  }
}

function refused(diagnostics: Diagnostic[], bound = false): Compiled {
  return { state: 'refused', diagnostics, bound }
}

function asDiagnostic(refusal: KqlRefusal): Diagnostic {
  return {
    start: refusal.start,
    end: refusal.end,
    severity: 'error',
    message: refusal.message,
    ...(refusal.hint ? { hint: refusal.hint } : {}),
  }
}

const severities: Readonly<Record<string, Diagnostic['severity']>> = { Error: 'error', Warning: 'warning' }

/** Forms that the engine takes and the binder refuses: what the message says, and what stands before its place. */
const stricter: readonly [message: RegExp, before: RegExp][] = [
  [/^A value of type bool expected/, /\bcount\(\s*$/],
  [/^A value of type bool expected/, /\bsearch\b[^|]*\bnot\(\s*$/],
  [/^The operator '(or|and)' is not defined/, /\bsearch\b[^|]*$/],
  [/^A value of type string expected/, /\bbag_unpack\([^()]*\bignoredProperties\s*=\s*$/],
  [/^The name '[^']*\*[^']*' does not refer to any known table/, /\bisfuzzy\s*=\s*true\b[^|;]*$/],
  [/^The function 'bag_unpack' expects/, /\bevaluate\s+$/],
  [/^The expression value must be a dynamic array/, /\b(array|set|bag)_\w+\([^()]*$/],
  [/^The expression value must be an integer/, /\bmake_timespan\([^()]*$/],
]

function stricterThanEngine(text: string, { Start, Message }: { Start: number; Message: string }): boolean {
  const before = text.slice(0, Start)
  return stricter.some(([message, place]) => message.test(Message) && place.test(before))
}

/** The official messages, and first of all the repair of `=` where `==` is meant. */
function explained(text: string, problems: readonly KustoDiagnostic[]): Diagnostic[] {
  const diagnostics = problems.map(({ Start, Length, Severity, Message }): Diagnostic => ({
    start: Start,
    end: Start + Length,
    severity: severities[Severity] ?? 'information',
    message: Message,
  }))
  if (!diagnostics.some((diagnostic) => diagnostic.severity === 'error')) return diagnostics
  const inCalls = diagnostics.flatMap(({ start, message }) => {
    // Within a call the binder points at what follows the sign.
    const match = message.includes('bool') ? /(?<![=!<>~])=\s*$/.exec(text.slice(0, start)) : null
    return match ? [match.index] : []
  })
  const places = [...new Set([...singleEquals(text), ...inCalls])].toSorted((a, b) => a - b)
  const repairs = places.map((start): Diagnostic => ({
    start,
    end: start + 1,
    severity: 'error',
    message: 'A comparison is written ==; a single = gives a name',
    hint: 'use ==',
    fix: '==',
  }))
  return [...repairs, ...diagnostics]
}
