import { maybe, type Syntax, token } from '../service/syntax.ts'
import { stringLiteral } from './literals.ts'

/** The name that a reference, declaration or call spells. */
export function nameOf(node: Syntax): string {
  if (node.kind === 'BracketedName') {
    const inner = maybe(node, 'Name')
    return inner ? stringLiteral(token(inner, 'Token')) : ''
  }
  const name = maybe(node, 'Name')
  if (name) return nameOf(name)
  return token(node, 'Name') || token(node, 'Text') || token(node, 'Token') || token(node, 'Pattern')
}

/** The parameters of an operator: `kind=inner`, `withsource=T`; names in lower case, values as written. */
export function parametersOf(parameters: readonly Syntax[]): Record<string, string> {
  const values: Record<string, string> = {}
  for (const parameter of parameters) {
    const value = maybe(parameter, 'Expression')
    if (value) values[nameOf(parameter).toLowerCase()] = valueText(value)
  }
  return values
}

function valueText(value: Syntax): string {
  const text = token(value, 'Token')
  if (text !== '') return /^[@h]?["'`~]/.test(text) ? stringLiteral(text) : text
  return nameOf(value)
}
