import { KqlRefusal } from '../refusal.ts'
import type { KustoNode, KustoRuntime, KustoSymbol } from './kusto-runtime.ts'
import type { BoundColumn, Reference, ScalarType, Syntax } from './syntax.ts'

const scalarTypes = new Set<string>([
  'string',
  'long',
  'int',
  'real',
  'bool',
  'datetime',
  'timespan',
  'dynamic',
  'decimal',
  'guid',
])
const refKinds: Record<string, Reference['kind']> = {
  ColumnSymbol: 'column',
  VariableSymbol: 'variable',
  ParameterSymbol: 'parameter',
  TableSymbol: 'table',
  FunctionSymbol: 'function',
  OperatorSymbol: 'operator',
}

/** Functions that call themselves twice over many levels grow without end; this is where the growth is stopped. */
const maxNodes = 60_000
const maxDepth = 600

/** The official tree as plain data. Throws `KqlRefusal` when the query is too big or too deep. */
export function toSyntax(root: KustoNode, runtime: KustoRuntime): Syntax {
  return new Converter(runtime).convert(root, 0)
}

class Converter {
  readonly #runtime: KustoRuntime
  /** Many nodes of a pipeline have the same columns. */
  readonly #columnsOf = new Map<unknown, readonly BoundColumn[]>()
  #nodes = 0

  constructor(runtime: KustoRuntime) {
    this.#runtime = runtime
  }

  /** `called`: the node is the name of a call, whose body is taken from the call. */
  convert(node: KustoNode, depth: number, called = false): Syntax {
    this.#nodes += 1
    const start = node.TextStart
    const end = node.End
    if (this.#nodes > maxNodes)
      throw new KqlRefusal('The query is too big once its functions are written out', start, end)
    if (depth > maxDepth) throw new KqlRefusal('The query is nested too deeply', start, end)
    const kind = this.#runtime.className(node)
    const parts: Record<string, Syntax | Syntax[] | string | undefined> = {}
    for (let index = 0; index < node.ChildCount; index += 1) {
      const child = node.GetChild(index)
      const name = node.GetName(index)
      if (child && name) parts[name] = this.#part(child, depth + 1, kind === 'FunctionCallExpression')
    }
    const syntax: Syntax = { kind, start, end, parts }
    this.#bind(syntax, node, called ? undefined : depth)
    return syntax
  }

  #part(child: KustoNode, depth: number, called: boolean): Syntax | Syntax[] | string | undefined {
    const { list, separated } = this.#runtime.syntaxKinds
    if (child.Kind === list) {
      const items: Syntax[] = []
      for (let index = 0; index < child.ChildCount; index += 1) {
        const element = child.GetChild(index)
        const inner = element?.Kind === separated ? element.GetChild(0) : element
        if (!inner) continue
        items.push(
          inner.ChildCount === 0 && inner.Text !== undefined
            ? { kind: 'Token', start: inner.TextStart, end: inner.End, parts: { Text: inner.Text } }
            : this.convert(inner, depth),
        )
      }
      return items
    }
    if (child.Text !== undefined) return child.IsMissing ? undefined : child.Text
    return child.IsMissing ? undefined : this.convert(child, depth, called)
  }

  /** Without a depth the body of a called function is left out. */
  #bind(syntax: Syntax, node: KustoNode, depth: number | undefined): void {
    const type = node.ResultType
    if (type?.Columns !== undefined) {
      syntax.columns = this.#columns(type.Columns)
      if (type.IsOpen === true) syntax.open = true
    } else if (type) {
      const name = scalarName(type.Name)
      if (name) syntax.type = name
    }
    const symbol = node.ReferencedSymbol
    if (!symbol) return
    syntax.ref = { kind: refKinds[this.#runtime.className(symbol)] ?? 'other', name: symbol.Name }
    if (syntax.kind !== 'FunctionCallExpression' && syntax.kind !== 'NameReference') return
    const body = syntax.ref.kind === 'function' ? node.GetCalledFunctionBody?.() : undefined
    if (body) {
      syntax.ref = { kind: 'user', name: symbol.Name }
      if (depth !== undefined) syntax.body = this.convert(body, depth + 1)
    }
  }

  #columns(list: unknown): readonly BoundColumn[] {
    const known = this.#columnsOf.get(list)
    if (known) return known
    const columns = this.#runtime.items<KustoSymbol>(list).map((column) => this.#column(column))
    this.#columnsOf.set(list, columns)
    return columns
  }

  #column(column: KustoSymbol): BoundColumn {
    return { name: column.Name, type: scalarName(column.Type?.Name ?? '') ?? 'unknown' }
  }
}

function scalarName(name: string): ScalarType | undefined {
  if (scalarTypes.has(name)) return name as ScalarType // just checked
  // Typed arrays and bags: `dynamic(long[])`, `bag`, `array`.
  if (/^(dynamic|bag|array)/.test(name)) return 'dynamic'
  return name === 'unknown' ? 'unknown' : undefined
}
