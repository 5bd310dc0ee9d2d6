import { list, part, type Syntax } from '../service/syntax.ts'
import { toDynamic } from '../translate/casts.ts'
import { type Context, refuse } from '../translate/context.ts'
import { nameOf } from '../translate/names.ts'
import { missing, type Scalar } from '../translate/scalar.ts'
import { Call, dynamic, jsonArray } from './function.ts'
import { fittedLine, seriesStatistics } from './series-functions.ts'

type Several = (call: Call) => Scalar[]

/** The first array sorted, the others in the order that this gives; nulls last unless asked for otherwise. */
const arraySort =
  (descending: boolean): Several =>
  (call) => {
    const last = call.arg(call.count - 1)
    const flag = last.type === 'bool' ? last.constant : undefined
    const count = last.type === 'bool' ? call.count - 1 : call.count
    const first = call.elements(0)
    const key = `(${first}[i] = 'null', startsWith(${first}[i], '"'), toFloat64OrZero(${first}[i]), JSONExtractString(${first}[i]))`
    const isNull = (test: string): string => `arrayFilter(i -> ${test}, arrayEnumerate(${first}))`
    const filled = `${descending ? 'arrayReverseSort' : 'arraySort'}(i -> ${key}, ${isNull(`${first}[i] != 'null'`)})`
    const nulls = isNull(`${first}[i] = 'null'`)
    const places = flag === false ? `arrayConcat(${nulls}, ${filled})` : `arrayConcat(${filled}, ${nulls})`
    return Array.from({ length: count }, (_, index) => {
      const own = call.elements(index)
      const known = `startsWith(ifNull(${toDynamic(call.context, call.arg(index)).sql}, ''), '[') AND length(${own}) = length(${first})`
      return dynamic(`if(${known}, ${jsonArray(`arrayMap(i -> ${own}[i], ${places})`)}, NULL)`)
    })
  }

/** Functions that give several columns. */
const several: Readonly<Record<string, Several>> = {
  array_sort_asc: arraySort(false),
  array_sort_desc: arraySort(true),
  series_stats: (call) => seriesStatistics(call).map(({ sql, type }) => ({ sql, type, nullable: true })),
  series_fit_line: (call) => fittedLine(call).map(({ value }) => value),
}

/** Names of the functions that give several columns, for the list of what is supported. */
export const severalNames = Object.keys(several).filter((name) => !name.startsWith('array_sort'))

/** The values of a call that gives several columns; undefined for every other expression. */
export function severalValues(context: Context, node: Syntax): Scalar[] | undefined {
  if (node.kind !== 'FunctionCallExpression' || !node.columns) return undefined
  const name = nameOf(part(node, 'Name'))
  const build = Object.hasOwn(several, name) ? several[name] : undefined
  if (!build) return undefined
  const inner = { ...context, filtering: false }
  const args = list(part(node, 'ArgumentList'), 'Expressions').map((each) => context.query.evaluate(inner, each))
  return build(new Call(inner, node, args))
}

/** `array_sort_asc(a, b)[1]`: one of several columns by its number. */
export function pickedValue(context: Context, base: Syntax, index: Scalar | undefined): Scalar | undefined {
  const values = severalValues(context, base)
  if (!values) return undefined
  if (typeof index?.constant !== 'bigint')
    return refuse(base, 'This call gives several columns: pick one by its number')
  return values[Number(index.constant)] ?? missing('dynamic')
}
