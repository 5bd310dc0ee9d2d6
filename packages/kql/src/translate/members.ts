import { columnSql } from '../algebra/relation.ts'
import { pickedValue } from '../functions/several-values.ts'
import { maybe, part, type Syntax, token } from '../service/syntax.ts'
import { cast } from './casts.ts'
import { type Context, refuse } from './context.ts'
import { nameOf } from './names.ts'
import { missing, type Scalar } from './scalar.ts'

interface Step {
  /** SQL of the key, or of the index counted from 1. */
  sql: string
  /** The key, when it is a constant text. */
  key?: string
  /** It is a place in an array. */
  place?: boolean
  index?: Scalar
}

/** `d.a`, `d["a"]`, `d[0]`, `d[-1]`: one read of the whole path, or the stored copy where there is one. */
export function memberOf(context: Context, node: Syntax): Scalar {
  const steps: Step[] = []
  let base = node
  while (base.kind === 'PathExpression' || base.kind === 'ElementExpression') {
    steps.unshift(stepOf(context, base))
    base = part(base, 'Expression')
  }
  const picked = pickedValue(context, base, steps[0]?.index)
  if (picked && steps.length === 1) return picked
  const kept = picked ?? keptValue(context, base, steps)
  if (kept && steps.length === 1) return kept
  if (kept) steps.shift()
  const value = kept ?? context.query.evaluate({ ...context, filtering: false }, base)
  if (value.type !== 'dynamic' && value.type !== 'unknown')
    return refuse(
      base,
      `Only dynamic values have members, and this is ${value.type}`,
      'parse_json(…) makes a dynamic value of text',
    )
  if (value.constant === null) return missing('dynamic')
  return member(context, value, steps, base)
}

/** `step.column` within `scan`. */
function keptValue(context: Context, base: Syntax, steps: readonly Step[]): Scalar | undefined {
  const binding = base.kind === 'NameReference' ? context.scope.get(nameOf(base)) : undefined
  return binding?.kind === 'record' ? binding.values.get(steps[0]?.key ?? '') : undefined
}

function stepOf(context: Context, node: Syntax): Step {
  const selector = part(node, 'Selector')
  // `d.name`, but not `d.[expression]`.
  if (node.kind === 'PathExpression' && selector.kind !== 'BracketedExpression')
    return keyStep(context, nameOf(selector))
  const inner = maybe(selector, 'Expression') ?? part(selector, 'Name')
  if (selector.kind === 'BracketedName' && token(inner, 'Token') !== '') return keyStep(context, nameOf(selector))
  const index = context.query.evaluate({ ...context, filtering: false }, inner)
  if (typeof index.constant === 'string') return keyStep(context, index.constant)
  if (index.type === 'string') return { sql: index.sql }
  if (typeof index.constant === 'bigint') {
    // SQL counts from 1, and from -1 at the end as KQL does.
    const place = index.constant >= 0n ? index.constant + 1n : index.constant
    return { sql: `toInt64(${place})`, place: true, index }
  }
  if (index.type === 'long' || index.type === 'int')
    return {
      sql: `if(ifNull(${index.sql}, 0) >= 0, ifNull(${index.sql}, 0) + 1, ifNull(${index.sql}, 0))`,
      place: true,
    }
  if (index.type === 'dynamic') return { sql: cast(context, index, 'string').sql }
  return refuse(inner, `A ${index.type} can't be an index`)
}

function keyStep(context: Context, key: string): Step {
  return { sql: context.query.parameters.text(key), key }
}

export function member(context: Context, value: Scalar, steps: readonly Step[], base?: Syntax): Scalar {
  const before = value.member ?? { base: value.sql, path: [], baseNullable: value.nullable }
  const path = [...before.path, ...steps.map((step) => step.sql)]
  const whole = before.baseNullable ? `ifNull(${before.base}, '')` : before.base
  // SQL would take the n-th member of a bag, which has no order.
  const places = steps.flatMap((step, index) => (step.place ? [path.slice(0, before.path.length + index)] : []))
  const arrays = places.map((parent) => `JSONType(${[whole, ...parent].join(', ')}) = 'Array'`)
  const text = arrays.length === 0 ? whole : `if(${arrays.join(' AND ')}, ${whole}, '')`
  const raw = `JSONExtractRaw(${text}, ${path.join(', ')})`
  const promoted = promotedMember(context, steps, base)
  if (promoted) {
    const { sql, number } = promoted
    return {
      sql: number ? `if(${sql} = 0, NULL, toString(${sql}))` : `if(${sql} = '', NULL, toJSONString(${sql}))`,
      type: 'dynamic',
      nullable: true,
      member: { base: text, baseNullable: false, path, ...(number ? { number: sql } : { promoted: sql }) },
    }
  }
  return {
    sql: `nullIf(nullIf(${raw}, 'null'), '')`,
    type: 'dynamic',
    nullable: true,
    member: { base: text, baseNullable: false, path },
  }
}

function promotedMember(
  context: Context,
  steps: readonly Step[],
  base: Syntax | undefined,
): { sql: string; number: boolean } | undefined {
  if (base?.kind !== 'NameReference' || !context.row) return undefined
  const column = context.row.column(nameOf(base))
  if (!column?.promoted || context.scope.get(column.name)) return undefined
  if (!steps.every((step) => step.key !== undefined)) return undefined
  const path = [column.name, ...steps.map((step) => step.key)].join('.')
  const id = column.promoted[path]
  return id === undefined ? undefined : { sql: columnSql(id), number: column.numbers?.includes(path) === true }
}
