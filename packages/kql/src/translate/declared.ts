import { list, maybe, part, type Syntax } from '../service/syntax.ts'
import { cast } from './casts.ts'
import { type Context, refuse, Scope } from './context.ts'
import { nameOf } from './names.ts'

type Relation = ReturnType<Context['query']['relate']>

/** The rows of the views declared so far whose names pass the test. */
export function viewRows(context: Context, test: (name: string) => boolean): Relation[] {
  return context.scope
    .views()
    .filter(([name]) => test(name))
    .map(([name, { declaration, scope: outer }]) => {
      const body = part(declaration, 'Body')
      const inner = { ...context, scope: new Scope(outer), row: undefined, filtering: false }
      for (const statement of list(body, 'Statements')) context.query.declare(inner, statement)
      return { ...context.query.relate(inner, part(body, 'Expression')), source: name }
    })
}

/** Runs `use` on the bound body of a declared function, with its parameters standing for the arguments. */
export function callDeclared<T>(
  context: Context,
  call: Syntax,
  name: string,
  use: (context: Context, body: Syntax) => T,
  piped?: Relation,
): T {
  const binding = context.scope.get(name)
  if (binding?.kind !== 'function' || !call.body) return refuse(call, `The function ${name}() is not known`)
  const scope = new Scope(binding.scope)
  const parameters = list(part(binding.declaration, 'Parameters'), 'Parameters')
  const args = [...list(maybe(call, 'ArgumentList'), 'Expressions')]
  let place = 0
  if (piped && parameters[0]) {
    scope.set(nameOf(part(parameters[0], 'NameAndType')), { kind: 'table', relation: piped })
    place = 1
  }
  // Those without a name stand for the parameters that no name speaks of, in their order.
  const positional = args.filter((argument) => argument.kind !== 'SimpleNamedExpression')
  for (const parameter of parameters.slice(place)) {
    const parameterName = nameOf(part(parameter, 'NameAndType'))
    const named = args.find(
      (argument) => argument.kind === 'SimpleNamedExpression' && nameOf(argument) === parameterName,
    )
    const fallback = maybe(parameter, 'DefaultValue')
    const value = named
      ? part(named, 'Expression')
      : (positional.shift() ?? (fallback ? part(fallback, 'Value') : undefined))
    if (!value) return refuse(call, `${name}() needs a value for ${parameterName}`)
    if (value.columns) scope.set(parameterName, { kind: 'table', relation: context.query.relate(context, value) })
    else {
      const scalar = context.query.evaluate({ ...context, filtering: false }, value)
      const type = part(part(parameter, 'NameAndType'), 'Name').type
      scope.set(parameterName, {
        kind: 'scalar',
        scalar: type && type !== scalar.type ? cast(context, scalar, type) : scalar,
      })
    }
  }
  const inner = { ...context, scope, filtering: false }
  for (const statement of list(call.body, 'Statements')) context.query.declare(inner, statement)
  return use(inner, part(call.body, 'Expression'))
}
