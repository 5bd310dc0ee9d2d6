import type { Relation } from '../algebra/relation.ts'
import { list, maybe, part, type Syntax } from '../service/syntax.ts'
import { constant } from './casts.ts'
import { type Context, refuse, Scope } from './context.ts'
import { nameOf } from './names.ts'

/** `declare pattern`: texts that stand for rows. */
export function declarePattern(context: Context, statement: Syntax): void {
  const declaration = maybe(statement, 'Pattern')
  if (!declaration) {
    refuse(statement, 'A pattern without definitions is for the programs that fill it in')
    return
  }
  const { scope } = context
  scope.set(nameOf(part(statement, 'Name')), { kind: 'pattern', declaration, scope })
}

/**
 * The rows that a call such as `app("a").Data` stands for; undefined where no pattern is called. Texts are the same when
 * they are equal to the letter.
 */
export function patternRows(context: Context, node: Syntax): Relation | undefined {
  const call = node.kind === 'PathExpression' ? part(node, 'Expression') : node
  if (call.kind !== 'FunctionCallExpression') return undefined
  const name = nameOf(part(call, 'Name'))
  const binding = context.scope.get(name)
  if (binding?.kind !== 'pattern') return undefined
  const texts = list(part(call, 'ArgumentList'), 'Expressions').map((each) => textOf(context, each))
  const path = node === call ? undefined : pathOf(context, part(node, 'Selector'))
  const { declaration } = binding
  const match = list(declaration, 'Patterns').find((each) => {
    const values = list(part(each, 'ParameterValues'), 'Expressions').map((value) => textOf(context, value))
    const own = maybe(each, 'PathValue')
    const ownPath = own && textOf(context, part(own, 'Value'))
    return values.length === texts.length && values.every((value, at) => value === texts[at]) && ownPath === path
  })
  if (!match) return refuse(node, `The pattern ${name} has nothing for these texts`)
  const scope = new Scope(binding.scope)
  const pathParameter = maybe(declaration, 'PathParameter')
  const parameters = [
    ...list(declaration, 'Parameters'),
    ...(pathParameter && path !== undefined ? [part(pathParameter, 'Parameter')] : []),
  ]
  const given = path === undefined ? texts : [...texts, path]
  parameters.forEach((each, at) =>
    scope.set(nameOf(part(each, 'Name')), { kind: 'scalar', scalar: constant(context, given[at] ?? '', 'string') }),
  )
  const body = part(match, 'Body')
  const inner: Context = { query: context.query, scope }
  for (const statement of list(body, 'Statements')) context.query.declare(inner, statement)
  return context.query.relate(inner, part(body, 'Expression'))
}

/** `.Data` or `.["Data"]`. */
function pathOf(context: Context, selector: Syntax): string {
  if (selector.kind === 'NameReference') return nameOf(selector)
  return textOf(context, maybe(selector, 'Expression') ?? selector)
}

function textOf(context: Context, node: Syntax): string {
  const value = context.query.evaluate({ ...context, row: undefined }, node).constant
  return typeof value === 'string' ? value : refuse(node, 'Patterns take constant texts')
}
