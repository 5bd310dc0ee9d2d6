import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { takeShortcuts } from './bridge-shortcuts.ts'
import { loadLanguageService, runtimeOver } from './kusto-runtime.ts'
import { toSyntax } from './to-syntax.ts'

const golden = path.resolve(import.meta.dirname, '../../../../apps/bff/test/hunting/golden')

interface Golden {
  cases: { input?: string; query: string }[]
}

/** Every golden query, and each cut off where a hunter may pause in writing it. */
function queries(): string[] {
  return globSync(`${golden}/*/*.json`).flatMap((file) =>
    (JSON.parse(readFileSync(file, 'utf8')) as Golden).cases.flatMap(({ input, query }) => {
      const whole = input === undefined ? query : `let Input = ${input};\n${query}`
      return [whole, whole.slice(0, Math.floor(whole.length * 0.8)), query.replace('x', 'y')]
    }),
  )
}

/** Everything that we take from the language service. */
function taken(service: ReturnType<typeof loadLanguageService>, texts: readonly string[]): string[] {
  const runtime = runtimeOver(service)
  const globals = runtime.withMemory(
    runtime.globalsFor([
      { name: 'Pods', columns: 'Name:string,Namespace:string,Restarts:long,Started:datetime,Labels:dynamic' },
      { name: 'Events', columns: 'Timestamp:datetime,Pod:string,Size:real,Data:dynamic' },
    ]),
  )
  return texts.map((text) => {
    const { root, diagnostics } = runtime.parse(text, globals)
    const shown = (list: typeof diagnostics) =>
      list.map(({ Start, Length, Code, Severity, Message }) => [Start, Length, Code, Severity, Message])
    const problems = shown(diagnostics)
    if (text.length % 3 === 0) {
      const code = service.Kusto.Language.KustoCode.ParseAndAnalyze(text, globals)
      expect(problems).toEqual(shown(runtime.items(code.GetDiagnostics())))
    }
    const offered = text.length % 7 === 0 ? runtime.complete(text, text.length, globals) : []
    return JSON.stringify({ tree: toSyntax(root, runtime), problems, offered })
  })
}

// Every golden query is read six times, which takes long beside other tests.
it('changes nothing of what the language service answers', { timeout: 180_000 }, () => {
  const texts = queries()
  const service = loadLanguageService()
  const before = taken(service, texts)
  takeShortcuts(service.Bridge, service.System.Array, service.Kusto.Language.Syntax.SyntaxElement)
  const after = taken(service, texts)
  const different = texts.filter((_, index) => before[index] !== after[index])
  expect(different).toEqual([])
  expect(texts.length).toBeGreaterThan(1000)
})
