/**
 * Thrown where the columns of an operator depend on the data. Whoever runs queries reads `sql` (rows of `name` and
 * `kinds`), writes `schema(rows)` into the query text at `insertAt`, and translates once more.
 */
export class KqlDiscovery extends Error {
  readonly sql: string
  readonly insertAt: number
  /** Parameters of `sql`; set by whoever translates. */
  parameters: Record<string, string> = {}
  readonly schema: (found: readonly { name: string; kinds: readonly string[] }[]) => string
  constructor(sql: string, insertAt: number, schema: KqlDiscovery['schema']) {
    super('The columns depend on the data')
    this.name = 'KqlDiscovery'
    this.sql = sql
    this.insertAt = insertAt
    this.schema = schema
  }
}
