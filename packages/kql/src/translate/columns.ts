import { columnSql, type Column } from '../algebra/relation.ts'
import type { Scalar } from './scalar.ts'

/** The value of a column in the row at hand. */
export function columnScalar(column: Column): Scalar {
  const scalar: Scalar = { sql: columnSql(column.id), type: column.type, nullable: column.nullable }
  if (column.indexed) scalar.indexed = true
  return scalar
}
