import type { ScalarType } from '../service/syntax.ts'

/** What a constant is at translation time; long, timespan ticks and datetime ticks as bigint. */
export type Constant = string | number | bigint | boolean | null

/** A typed SQL expression. Strings are never NULL; a dynamic value is its JSON text or NULL. */
export interface Scalar {
  sql: string
  type: ScalarType
  nullable: boolean
  /** Value, when it is known at translation. */
  constant?: Constant
  /** For members of a dynamic value: where they are, so that casts can read them directly. */
  member?: {
    base: string
    path: readonly string[]
    baseNullable: boolean
    /** The stored copy of a text, empty where it is absent. */
    promoted?: string
    /** The stored copy of a whole number, 0 where it is absent. */
    number?: string
  }
  /** The text of this column has an index on its lower-cased form. */
  indexed?: boolean
}

/** Types in ClickHouse. */
export const sqlTypes: Readonly<Record<ScalarType, string>> = {
  string: 'String',
  long: 'Int64',
  int: 'Int32',
  real: 'Float64',
  bool: 'Bool',
  datetime: `DateTime64(7, 'UTC')`,
  timespan: 'Int64',
  dynamic: 'String',
  decimal: 'Decimal(76, 17)',
  guid: 'String',
  unknown: 'String',
}

/** Type with NULL where the value may be missing. */
export function sqlType(type: ScalarType, nullable = true): string {
  return nullable && type !== 'string' ? `Nullable(${sqlTypes[type]})` : sqlTypes[type]
}

/** The missing value of a type: empty text for strings, null for all others. */
export function missing(type: ScalarType): Scalar {
  if (type === 'string') return { sql: `''`, type, nullable: false, constant: '' }
  return { sql: `CAST(NULL, '${sqlType(type).replaceAll("'", "\\'")}')`, type, nullable: true, constant: null }
}

export function isNumeric(type: ScalarType): boolean {
  return type === 'long' || type === 'int' || type === 'real' || type === 'decimal'
}

/** Ticks of 100 ns from year 1 to 1970, the two epochs. */
export const epochTicks = 621_355_968_000_000_000n

/** Ticks since 1970 of a datetime expression. */
export function ticksOf(datetime: string): string {
  return `reinterpretAsInt64(${datetime})`
}

/** The datetime of ticks since 1970; null outside the years 1 to 9999. */
export function datetimeOf(ticks: string): string {
  return `if(${ticks} BETWEEN -621355968000000000 AND 2534023007999999999, reinterpret(${ticks}, 'DateTime64(7, \\'UTC\\')'), NULL)`
}
