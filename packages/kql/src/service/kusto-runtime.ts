import { createRequire } from 'node:module'
import { takeShortcuts } from './bridge-shortcuts.ts'

/** The parts of the official language service that we touch. Its own declarations are global and 1.7 MB. */
export interface KustoNode {
  Kind: number
  TextStart: number
  End: number
  Text?: string
  IsMissing: boolean
  ContainsSyntaxDiagnostics: boolean
  /** Absent on tokens. */
  SemanticDiagnostics?: unknown
  ChildCount: number
  GetChild(index: number): KustoNode | null
  GetName(index: number): string | null
  ResultType?: KustoSymbol | null
  ReferencedSymbol?: KustoSymbol | null
  ReferencedSignature?: unknown
  GetCalledFunctionBody?(): KustoNode | null
  toString(): string
}

export interface KustoSymbol {
  Name: string
  Kind: number
  Columns?: unknown
  Type?: KustoSymbol
  IsOpen?: boolean
  Signatures?: unknown
  Description?: string
}

export interface KustoDiagnostic {
  Start: number
  Length: number
  Code: string
  Severity: string
  Message: string
}

export interface KustoRuntime {
  /** The tree without names and types bound. */
  read(text: string): KustoNode
  parse(text: string, globals: unknown): { root: KustoNode; diagnostics: KustoDiagnostic[] }
  globalsFor(tables: readonly { name: string; columns: string }[]): unknown
  /**
   * The same globals with an empty memory of their own. Without one, each analysis looks up every function and operator
   * anew, a third of its time; but what a memory has seen it keeps, so that it has to be replaced now and then.
   */
  withMemory(globals: unknown): unknown
  complete(text: string, position: number, globals: unknown): { kind: number; display: string; apply: string }[]
  className(value: unknown): string
  items<T>(list: unknown): T[]
  syntaxKinds: { list: number; separated: number }
}

/* oxlint-disable typescript/no-explicit-any -- the language service is compiled .NET code that declares globals */

let runtime: KustoRuntime | undefined

/** Loads the language service once per thread: about half a second, 150 MB. */
export function kustoRuntime(): KustoRuntime {
  if (runtime) return runtime
  const service = loadLanguageService()
  takeShortcuts(service.Bridge, service.System.Array, service.Kusto.Language.Syntax.SyntaxElement)
  runtime = runtimeOver(service)
  return runtime
}

interface LanguageService {
  Kusto: any
  System: any
  Bridge: any
}

/** The two files put what they hold into the thread's globals. */
export function loadLanguageService(): LanguageService {
  const require = createRequire(import.meta.url)
  require('@kusto/language-service-next/bridge.min.js')
  require('@kusto/language-service-next/Kusto.Language.Bridge.min.js')
  const { Kusto, System, Bridge } = globalThis as any
  return { Kusto, System, Bridge }
}

export function runtimeOver({ Kusto, System, Bridge }: LanguageService): KustoRuntime {
  const { Symbols, Syntax, KustoCode, GlobalState, Editor } = Kusto.Language
  const classNames = new Map<unknown, string>()
  const hasSemanticDiagnostics = (node: KustoNode): boolean => {
    const { SemanticDiagnostics: found, ChildCount: count } = node
    if (found !== undefined && System.Array.getCount(found) > 0) return true
    for (let index = 0; index < count; index += 1) {
      const child = node.GetChild(index)
      if (child && hasSemanticDiagnostics(child)) return true
    }
    return false
  }
  const items = <T>(list: any): T[] => {
    const count = System.Array.getCount(list) as number
    return Array.from({ length: count }, (_, index) => System.Array.getItem(list, index) as T)
  }
  return {
    items,
    read: (text) => KustoCode.Parse(text).Syntax as KustoNode,
    parse(text, globals) {
      const code = KustoCode.ParseAndAnalyze(text, globals)
      const root = code.Syntax as KustoNode
      // Mostly there is nothing to gather, which is found out sooner than it is gathered.
      const isSound = code.HasSemantics === true && !root.ContainsSyntaxDiagnostics && !hasSemanticDiagnostics(root)
      return { root, diagnostics: isSound ? [] : items<KustoDiagnostic>(code.GetDiagnostics()) }
    },
    globalsFor(tables) {
      const symbols = tables.map(({ name, columns }) => Symbols.TableSymbol.From(`(${columns})`).WithName(name))
      const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('default', symbols))
      // What every analysis asks for: globals that differ in it are copied each time, and forget.
      return globals.WithParseOptions(globals.ParseOptions.WithAlwaysProduceEndTokens(true))
    },
    withMemory: (globals) => (globals as any).WithCache(),
    complete(text, position, globals) {
      const service = new Editor.KustoCodeService.$ctor1(text, globals)
      const found = service.GetCompletionItems(
        position,
        Editor.CompletionOptions.Default,
        new Kusto.Language.Utils.CancellationToken(),
      )
      return items<any>(found.Items).map((item) => ({
        kind: item.Kind as number,
        display: item.DisplayText as string,
        apply: String(item.ApplyText ?? item.DisplayText ?? ''),
      }))
    },
    className: (value) => {
      const { constructor } = value as object
      const known = classNames.get(constructor)
      if (known !== undefined) return known
      const name = Bridge.getTypeName(value) as string
      const short = name.slice(name.lastIndexOf('.') + 1)
      classNames.set(constructor, short)
      return short
    },
    syntaxKinds: { list: Syntax.SyntaxKind.List as number, separated: Syntax.SyntaxKind.SeparatedElement as number },
  }
}
