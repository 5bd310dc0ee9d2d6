import { columnSql } from '../algebra/relation.ts'
import { render } from '../algebra/render.ts'
import { list, part, type Syntax, token } from '../service/syntax.ts'
import { cast } from './casts.ts'
import { columnScalar } from './columns.ts'
import { type Context, refuse, reuse } from './context.ts'
import { bool, storedNumber, comparable, commonType, equality } from './operators.ts'
import type { Scalar } from './scalar.ts'
import { anyTermSql, matchText } from './text-match.ts'

/** `in`, `!in`, `in~`, `!in~`, `has_any`, `has_all` over lists of values, dynamic arrays and tables of one column. */
export function listPredicate(context: Context, node: Syntax): Scalar {
  const operator = token(node, 'Operator')
  const inner = { ...context, filtering: false }
  const left = part(node, 'Left')
  const values = list(part(node, 'Right'), 'Expressions')
  if (left.kind === 'StarExpression') return anyColumnInList(inner, node, operator, values)
  return predicateOver(inner, { node, operator, values, value: context.query.evaluate(inner, left) })
}

interface ListTest {
  node: Syntax
  operator: string
  values: readonly Syntax[]
  value: Scalar
}

function anyColumnInList(context: Context, node: Syntax, operator: string, values: readonly Syntax[]): Scalar {
  const columns = context.row?.relation.columns ?? []
  const tests = columns.map(
    (column) =>
      predicateOver(context, { node, operator, values, value: cast(context, columnScalar(column), 'string') }).sql,
  )
  return bool(`(${tests.join(' OR ') || 'false'})`)
}

function predicateOver(context: Context, { node, operator, values, value }: ListTest): Scalar {
  const only = values.length === 1 ? values[0] : undefined
  if (only?.columns) return inTable(context, { node, operator, value, table: only })
  const items = values.map((each) => context.query.evaluate(context, each))
  switch (operator) {
    case 'in':
    case '!in':
      return inList(context, value, items, operator === '!in')
    case 'in~':
    case '!in~': {
      const lowered = items.map((item) => lowerCase(context, item))
      return inList(context, lowerCase(context, value), lowered, operator === '!in~')
    }
    case 'has_any':
    case 'has_all':
      return hasList(context, value, items, operator === 'has_all')
    default:
      return refuse(node, `The operator ${operator} is not supported`)
  }
}

function lowerCase(context: Context, value: Scalar): Scalar {
  if (value.type === 'dynamic' && isArray(value)) {
    const text = value.constant as string // isArray says so
    return { ...value, constant: text.toLowerCase(), sql: context.query.parameters.text(text.toLowerCase()) }
  }
  if (value.type === 'dynamic' && value.constant === undefined && !value.member)
    return { ...value, sql: `lowerUTF8(${value.sql})` }
  const text = cast(context, value, 'string')
  if (typeof text.constant === 'string') {
    const lowered = text.constant.toLowerCase()
    return { sql: context.query.parameters.text(lowered), type: 'string', nullable: false, constant: lowered }
  }
  return { sql: `lowerUTF8(${text.sql})`, type: 'string', nullable: false }
}

function isArray(value: Scalar): boolean {
  return value.type === 'dynamic' && typeof value.constant === 'string' && value.constant.startsWith('[')
}

/** The members of a constant array as constants. */
function spread(context: Context, item: Scalar): Scalar[] {
  if (!isArray(item)) return [item]
  const members = JSON.parse(item.constant as string) as unknown[] // isArray says so
  return members
    .filter((member) => member !== null)
    .map((member) => {
      const text = typeof member === 'string' ? member : JSON.stringify(member)
      return { sql: context.query.parameters.text(text), type: 'string', nullable: false, constant: text }
    })
}

function inList(context: Context, value: Scalar, items: readonly Scalar[], negative: boolean): Scalar {
  const constants = items.flatMap((item) => spread(context, item))
  const rowArrays = constants.filter((item) => item.type === 'dynamic' && item.constant === undefined)
  const plain = constants.filter((item) => !rowArrays.includes(item) && item.constant !== null)
  const type = value.type === 'dynamic' ? (plain[0]?.type ?? 'string') : value.type
  const subject = cast(context, value, type)
  const typed = plain.map((item) => cast(context, item, commonType(subject.type, item.type) === 'real' ? 'real' : type))
  const tests: string[] = []
  if (typed.length > 0 && typed.every((item) => item.constant !== undefined))
    tests.push(`${subject.sql} IN (${typed.map((item) => item.sql).join(', ')})`)
  else tests.push(...typed.map((item) => equality(context, [subject, item], true).sql))
  if (items.some((item) => item.constant === null)) tests.push('false')
  for (const array of rowArrays) {
    const text = cast(context, subject, 'string').sql
    tests.push(`has(arrayMap(x -> JSONExtractString(x), JSONExtractArrayRaw(ifNull(${array.sql}, ''))), ${text})`)
  }
  const any = tests.length === 0 ? 'false' : `(${tests.join(' OR ')})`
  const sure = subject.nullable ? `ifNull(${any}, false)` : any
  return bool(negative ? `NOT ${sure}` : sure)
}

function hasList(context: Context, value: Scalar, items: readonly Scalar[], all: boolean): Scalar {
  const text = cast(context, value, 'string')
  const terms = items.flatMap((item) => spread(context, item))
  const known = terms.map((term) => cast(context, term, 'string'))
  const rowArray = terms.find((term) => term.type === 'dynamic' && term.constant === undefined)
  if (rowArray) return hasRowList(context, text, rowArray, all)
  if (known.length === 0) return bool(all ? 'true' : 'false')
  const constants = known.map((term) => term.constant)
  if (!all && constants.every((term) => typeof term === 'string')) return bool(anyTermSql(context, text, constants))
  const tests = known.map((needle) => matchText(context, 'has', { text, needle, caseSensitive: false }))
  return bool(`(${tests.join(all ? ' AND ' : ' OR ')})`)
}

/** The list comes from the row: each term is matched by a pattern made from it. */
function hasRowList(context: Context, text: Scalar, array: Scalar, all: boolean): Scalar {
  const subject = reuse(context, text).sql
  const separator = context.query.parameters.text('[^\\p{L}\\p{N}]')
  const pattern = `concat('(?si)(?:^|', ${separator}, ')', regexpQuoteMeta(x), '(?:$|', ${separator}, ')')`
  const terms = `arrayMap(x -> JSONExtractString(x), JSONExtractArrayRaw(ifNull(${array.sql}, '')))`
  return bool(`${all ? 'arrayAll' : 'arrayExists'}(x -> match(${subject}, ${pattern}), ${terms})`)
}

interface TableTest {
  node: Syntax
  operator: string
  value: Scalar
  table: Syntax
}

/** The right side is a table: its first column. */
function inTable(context: Context, { node, operator, value, table }: TableTest): Scalar {
  const relation = context.query.relate({ ...context, row: undefined }, table)
  const column = relation.columns[0]
  if (!column) return refuse(table, 'The list has no column')
  const item: Scalar = columnScalar(column)
  const folded = operator.endsWith('~')
  const pair = comparable(context, value, item)
  const [subject, member] = folded ? pair.map((side) => lowerCase(context, side)) : pair
  if (!subject || !member) return refuse(node, 'The list has no column')
  const rows = render({ op: 'project', input: relation.plan, items: [{ id: '$in', sql: member.sql }] })
  if (operator === 'has_any' || operator === 'has_all') {
    const terms = `(SELECT groupUniqArray(${columnSql('$in', '$l')}) FROM (${rows}) AS \`$l\`)`
    const separator = context.query.parameters.text('[^\\p{L}\\p{N}]')
    const pattern = `concat('(?si)(?:^|', ${separator}, ')', regexpQuoteMeta(x), '(?:$|', ${separator}, ')')`
    const text = reuse(context, cast(context, value, 'string')).sql
    return bool(`${operator === 'has_all' ? 'arrayAll' : 'arrayExists'}(x -> match(${text}, ${pattern}), ${terms})`)
  }
  const test = `${subject.sql} IN (SELECT ${columnSql('$in', '$l')} FROM (${rows}) AS \`$l\`)`
  const sure = subject.nullable ? `ifNull(${test}, false)` : test
  return bool(operator.startsWith('!') ? `NOT (${sure})` : `(${sure})`)
}

/** `between (a .. b)`, both ends included; a timespan as second end counts from the first. */
export function betweenSql(context: Context, node: Syntax): Scalar {
  const inner = { ...context, filtering: false }
  const range = part(node, 'Right')
  const value = context.query.evaluate(inner, part(node, 'Left'))
  const first = context.query.evaluate(inner, part(range, 'First'))
  const second = context.query.evaluate(inner, part(range, 'Second'))
  const stored = storedNumber(context, '>=', [value, first])
  if (stored !== undefined && second.type === 'long' && token(node, 'Operator') === 'between')
    return bool(`(${stored} >= ${first.sql} AND ${stored} <= ${second.sql})`, second.nullable)
  const subject = reuse(context, value)
  const [a, from] = comparable(context, value.member ? value : subject, first)
  const end: Scalar =
    second.type === 'timespan' && first.type === 'datetime'
      ? {
          sql: `reinterpret(reinterpretAsInt64(${first.sql}) + ${second.sql}, 'DateTime64(7, \\'UTC\\')')`,
          type: 'datetime',
          nullable: first.nullable || second.nullable,
        }
      : second
  const [b, to] = comparable(context, value.member ? value : subject, end)
  const nullable = a.nullable || from.nullable || to.nullable
  const test = `(${a.sql} >= ${from.sql} AND ${b.sql} <= ${to.sql})`
  return bool(token(node, 'Operator').startsWith('!') ? `NOT ${test}` : test, nullable)
}
