import { type Column, columnSql, type Relation } from '../algebra/relation.ts'
import { list, maybe, type ScalarType, type Syntax } from '../service/syntax.ts'
import { typedNull } from './casts.ts'
import { type Context, refuse } from './context.ts'
import { viewRows } from './declared.ts'
import { freshId } from './make-columns.ts'
import { nameOf, parametersOf } from './names.ts'
import { sqlType } from './scalar.ts'

const maxInputs = 100

/** `union`: columns by name; a name with several types gives one column per type. */
export function unionOf(context: Context, node: Syntax, piped: Relation | undefined): Relation {
  const parameters = parametersOf(list(node, 'Parameters'))
  const fuzzy = parameters['isfuzzy'] === 'true'
  const given = list(node, 'Expressions').filter((each) => !fuzzy || isKnown(context, each))
  const inputs = [...(piped ? [piped] : []), ...given.flatMap((each) => inputsOf(context, each))]
  if (inputs.length > maxInputs) return refuse(node, `A union takes at most ${maxInputs} tables`)
  if (inputs.length === 0) return refuse(node, 'There is no table to unite')
  return unite(context, inputs, {
    inner: parameters['kind'] === 'inner',
    source: parameters['withsource'] ?? parameters['with_source'],
  })
}

/** The rows that a pipeline begins with have a name that is known; others are passed over by `isfuzzy`. */
function isKnown(context: Context, node: Syntax): boolean {
  const inner = maybe(node, 'Expression')
  if (inner && (node.kind === 'PipeExpression' || node.kind === 'ParenthesizedExpression'))
    return isKnown(context, inner)
  if (node.kind !== 'NameReference') return true
  const name = nameOf(node)
  // A pattern may fit nothing.
  return name.includes('*') || context.scope.get(name) !== undefined || context.query.tableNames().includes(name)
}

/** The rows of one of several sources; a name with `*` stands for every table and view that it fits. */
export function inputsOf(context: Context, node: Syntax): Relation[] {
  const name = node.kind === 'NameReference' || node.kind === 'WildcardedNameReference' ? nameOf(node) : ''
  if (!name.includes('*')) return [context.query.relate(context, node)]
  const pattern = new RegExp(
    `^${name.replaceAll(/[.+?^${}()|[\]\\]/g, (character) => `\\${character}`).replaceAll('*', '.*')}$`,
    'i',
  )
  const tables = context.query.tableNames().filter((table) => pattern.test(table))
  return [
    ...tables.flatMap((table) => context.query.table(table) ?? []),
    ...viewRows(context, (view) => pattern.test(view)),
  ]
}

interface Slot {
  name: string
  type: ScalarType
  /** Name in the inputs. */
  from: string
}

/** The relations one below the other. */
export function unite(
  context: Context,
  inputs: readonly Relation[],
  options: { inner?: boolean; source?: string },
): Relation {
  const slots = slotsOf(inputs, options.inner === true)
  const used = new Set<string>()
  const columns: Column[] = []
  if (options.source)
    columns.push({
      name: options.source,
      type: 'string',
      nullable: false,
      id: freshId(context.query, options.source, used),
    })
  for (const column of columns) used.add(column.id)
  for (const slot of slots) {
    const nullable = inputs.some((input) => find(input, slot)?.nullable !== false)
    const id = freshId(context.query, slot.name, used)
    used.add(id)
    columns.push({ name: slot.name, type: slot.type, nullable: slot.type !== 'string' && nullable, id })
  }
  const parts = inputs.map((input, index) => ({
    plan: input.plan,
    items: columns.map((column, place) => {
      if (options.source && place === 0)
        return { id: column.id, sql: context.query.parameters.text(input.source ?? `union_arg${index}`) }
      const slot = slots[place - (options.source ? 1 : 0)]
      const own = slot ? find(input, slot) : undefined
      return {
        id: column.id,
        sql: own
          ? `CAST(${columnSql(own.id)}, '${sqlType(column.type, column.nullable).replaceAll("'", "\\'")}')`
          : typedNull(column.type),
      }
    }),
  }))
  return { plan: { op: 'union', inputs: parts }, columns, hidden: [], order: [] }
}

function find(input: Relation, slot: Slot): Column | undefined {
  return input.columns.find((column) => column.name === slot.from && column.type === slot.type)
}

function slotsOf(inputs: readonly Relation[], inner: boolean): Slot[] {
  const types = new Map<string, ScalarType[]>()
  for (const input of inputs)
    for (const column of input.columns) {
      const known = types.get(column.name) ?? []
      if (!known.includes(column.type)) types.set(column.name, [...known, column.type])
    }
  const everywhere = (name: string, type: ScalarType): boolean =>
    inputs.every((input) => input.columns.some((column) => column.name === name && column.type === type))
  const own = new Set([...types].flatMap(([name, kinds]) => (kinds.length > 1 ? [] : [name])))
  return [...types].flatMap(([name, kinds]) =>
    kinds
      .filter((type) => !inner || everywhere(name, type))
      .map((type) => ({ name: kinds.length > 1 ? unused(`${name}_${type}`, own) : name, type, from: name })),
  )
}

/** The name, with a number behind it where a column is called so already. */
function unused(name: string, taken: ReadonlySet<string>): string {
  let free = name
  for (let number = 1; taken.has(free); number += 1) free = `${name}${number}`
  return free
}
