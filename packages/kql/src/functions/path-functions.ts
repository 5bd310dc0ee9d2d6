import type { Syntax } from '../service/syntax.ts'
import { cast } from '../translate/casts.ts'
import { type Context, refuse, Scope } from '../translate/context.ts'
import { pathFunctions, pathOf } from '../translate/graph-plans.ts'
import type { Scalar } from '../translate/scalar.ts'
import { dynamicFunctions } from './dynamic-functions.ts'
import { Call } from './function.ts'

export const pathFunctionNames: readonly string[] = [...pathFunctions, 'inner_nodes']

/**
 * `all(e, …)`, `any(e, …)` and `map(e, …)` over the edges of a path, or with `inner_nodes(e)` over the nodes between
 * them; undefined for other calls. The properties stand under their own names in the second argument.
 */
export function pathFunction(context: Context, node: Syntax, name: string): Scalar | undefined {
  const call = pathOf(node)
  const binding = call && context.scope.get(call.name)
  if (!call || binding?.kind !== 'record') return undefined
  const { path } = binding
  if (!path) return refuse(node, `${call.name} is one edge or node; ${name}() is for edges of several steps`)
  const values = (call.isInner ? path.nodes : path.edges).map((properties) => {
    const scope = new Scope(context.scope)
    for (const [property, scalar] of properties) scope.set(property, { kind: 'scalar', scalar })
    return context.query.evaluate({ ...context, scope, filtering: false }, call.value)
  })
  if (name === 'map') return arrayOf(context, node, values)
  const tests = values.map((value) => {
    const { sql, nullable } = cast(context, value, 'bool')
    return nullable ? `ifNull(${sql}, false)` : sql
  })
  const none = name === 'all' ? 'true' : 'false'
  const sql = tests.length === 0 ? none : `(${tests.join(name === 'all' ? ' AND ' : ' OR ')})`
  return { sql, type: 'bool', nullable: false }
}

export function arrayOf(context: Context, node: Syntax, values: readonly Scalar[]): Scalar {
  const pack = dynamicFunctions['pack_array']
  return pack ? pack(new Call(context, node, values)) : refuse(node, 'pack_array() is not supported')
}
