import { type KustoNode, kustoRuntime } from './service/kusto-runtime.ts'
import { toSyntax } from './service/to-syntax.ts'
import { children, maybe, type Syntax, token } from './service/syntax.ts'
import { nameOf } from './translate/names.ts'

/**
 * What a query is made of: its tabular operators, functions, aggregates, plugins and the operators within expressions,
 * by the names they are written with, sorted. Functions that the query declares are left out. The text is parsed but
 * not bound, so no table needs to be known; what does not parse is passed over.
 */
export function featuresOf(text: string): string[] {
  const runtime = kustoRuntime()
  const names = new Set<string>()
  const declared = new Set<string>()
  const visit = (node: Syntax): void => {
    if (node.kind === 'LetStatement') {
      const name = maybe(node, 'Name')
      if (name) declared.add(nameOf(name))
    }
    const feature = featureOf(node, text)
    if (feature !== '') names.add(feature)
    children(node).forEach(visit)
  }
  const root: KustoNode = runtime.read(text)
  visit(toSyntax(root, runtime))
  return [...names].filter((name) => !declared.has(name)).toSorted()
}

function featureOf(node: Syntax, text: string): string {
  if (node.kind === 'FunctionCallExpression') {
    const name = maybe(node, 'Name')
    return name ? nameOf(name) : ''
  }
  if (/^(Binary|In|HasAny|HasAll|Between)Expression$/.test(node.kind)) return token(node, 'Operator').toLowerCase()
  if (!/Operator$|^(ExternalData|InlineExternalTable|DataTable|ToScalar|Materialize)Expression$/.test(node.kind))
    return ''
  return /^[a-z][\w-]*/i.exec(text.slice(node.start, node.end))?.[0].toLowerCase() ?? ''
}
