import { columnSql, type Plan } from '../algebra/relation.ts'
import { refuse } from '../translate/context.ts'
import { datetimeOf, ticksOf } from '../translate/scalar.ts'
import type { Builder, Call } from './function.ts'
import { restartGroup, window } from './window-functions.ts'

/** Most rows of a run without a gap; each is held in memory. */
const maxRun = 20_000

/**
 * `row_window_session(time, from first, between, restart)`: when the session of each row began. A gap, a restart and a
 * missing time begin a session whatever stood before; runs of rows between these are gone through one by one, as
 * the widest session counts from where the one before ended.
 */
export const rowWindowSession: Builder = (call) => {
  const { row, query } = call.context
  if (!row) return refuse(call.node, 'row_window_session() needs ordered rows')
  const aside = (sql: string): string => row.setAside(sql, query.next())
  const time = aside(ticksOf(call.as(0, 'datetime').sql))
  const widest = aside(call.as(1, 'timespan').sql)
  const between = call.as(2, 'timespan').sql
  const frame = 'ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING'
  const before = aside(`lagInFrame(toNullable(${time}), 1, NULL) ${window(call, frame)}`)
  const gap = `isNull(${time}) OR isNull(${before}) OR ifNull(${time} >= ${before} + ${between}, false)`
  const begins = aside(`toUInt8(${gap})`)
  const runs = [aside(`sum(${begins}) ${window(call, 'ROWS UNBOUNDED PRECEDING')}`)]
  if (call.count > 3) runs.push(restartGroup(call, 3))
  const place = aside(`row_number() ${window(call, '')}`)
  const id = `$v${query.next()}`
  const keys = [...(row.relation.partition ?? []).slice(0, 1).map((each) => columnSql(each)), ...runs]
  const sql = row.setAsideBy(id, (input, ids) =>
    sessions(call, input, { ids, id, keys, values: [place, time, widest] }),
  )
  return { sql: datetimeOf(sql), type: 'datetime', nullable: true }
}

interface Sessions {
  ids: readonly string[]
  id: string
  keys: readonly string[]
  /** Place, time and widest session of a row. */
  values: readonly string[]
}

/** The rows of each run in their order, with the start of the session of each. */
function sessions(call: Call, input: Plan, { ids, id, keys, values }: Sessions): Plan {
  const rows = `arraySort(r -> r.1, groupArray((${[...values, ...ids.map((each) => columnSql(each))].join(', ')})))`
  const limited = `if(throwIf(count() > ${maxRun}, 'row_window_session takes at most ${maxRun} rows without a gap') = 0, ${rows}, [])`
  const run: Plan = {
    op: 'aggregate',
    input,
    keys: keys.map((sql, index) => ({ id: `$k${index}`, sql })),
    items: [{ id: '$rows', sql: limited }],
  }
  const all = columnSql('$rows')
  const start = `if(ifNull(r.2 >= f.1 + r.3, false), r.2, f.1)`
  const starts = `tupleElement(arrayFold((f, r) -> (${start}, arrayPushBack(f.2, ${start})), ${all}, (${all}[1].2, CAST([], 'Array(Nullable(Int64))'))), 2)`
  const element = `$e${call.context.query.next()}`
  return {
    op: 'expand',
    input: run,
    keep: [],
    array: `arrayZip(${all}, ${starts})`,
    element,
    items: [
      ...ids.map((each, index) => ({ id: each, sql: `\`${element}\`.1.${index + 1 + values.length}` })),
      { id, sql: `\`${element}\`.2` },
    ],
  }
}
