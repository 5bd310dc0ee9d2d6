import type { Column } from '../algebra/relation.ts'
import { toDynamic } from './casts.ts'
import { columnScalar } from './columns.ts'
import type { Context } from './context.ts'
import type { Scalar } from './scalar.ts'

/** A bag with a member for each column of the row at hand, nulls included unless `skipEmpty`. */
export function bagOfColumns(context: Context, columns: readonly Column[], skipEmpty = false): Scalar {
  const members = columns.map((column) => {
    const value = columnScalar(column)
    const encoded = toDynamic(context, value)
    const name = context.query.parameters.text(JSON.stringify(column.name))
    const member = `concat(${name}, ':', ${encoded.nullable ? `ifNull(${encoded.sql}, 'null')` : encoded.sql})`
    if (!skipEmpty) return member
    return `if(${value.type === 'string' ? `${value.sql} = ''` : `isNull(${value.sql})`}, '', ${member})`
  })
  const sql = `concat('{', arrayStringConcat(arrayFilter(m -> m != '', [${members.join(', ')}]), ','), '}')`
  return { sql, type: 'dynamic', nullable: false }
}
