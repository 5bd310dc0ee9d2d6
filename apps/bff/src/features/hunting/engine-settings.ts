import type { QueryLimits } from '../../adapters/clickhouse/event-store.ts'

const meaning = {
  output_format_json_escape_forward_slashes: 0,
  output_format_json_quote_64bit_integers: 1,
  enable_extended_results_for_datetime_functions: 1,
  // Moves what looks independent of an array's elements, the numbers of rows among it, before the rows are made (26.7).
  query_plan_lift_up_array_join: 0,
  // A statement nests with each operator of a hunt and each `or`. How long the engine analyses it grows with the cube of
  // its levels, and no time limit ends that: 150 take some seconds.
  max_parser_depth: 10_000,
  max_ast_depth: 10_000,
  max_subquery_depth: 150,
  max_ast_elements: 500_000,
} as const

// Reordering an outer join after another join loses constants of the left side (26.7); generated queries found it. With
// one join there is nothing to reorder, and the engine may choose which side it keeps in memory.
const inOrder = { query_plan_optimize_join_order_limit: 0 } as const

/** Part of the meaning of a translated statement: how values are written, and what the engine gets wrong. */
export function engineSettings(sql: string): NonNullable<QueryLimits['settings']> {
  const joins = sql.match(/(?<!ARRAY )\bJOIN\b/g)?.length ?? 0
  return joins > 1 ? { ...meaning, ...inOrder } : meaning
}
