import { aggregates } from './functions/aggregates.ts'
import { functions } from './functions/functions.ts'
import { pathFunctionNames } from './functions/path-functions.ts'
import { severalNames } from './functions/several-values.ts'
import { joinKinds } from './translate/join.ts'
import { binaryOperators } from './translate/operators.ts'
import { operatorNames } from './translate/operator.ts'

/** Everything the translator knows, by kind, sorted; the document and the schema pane are made of this. */
export const supported = {
  operators: [
    ...operatorNames,
    'find',
    'print',
    'range',
    'datatable',
    'declare pattern',
    'let',
    'materialize',
    'toscalar',
  ].toSorted(),
  plugins: ['activity_counts_metrics', 'bag_unpack', 'ipv4_lookup', 'ipv6_lookup', 'pivot', 'rows_near'],
  joinKinds: joinKinds.toSorted(),
  expressionOperators: [
    ...binaryOperators,
    'and',
    'or',
    'in',
    '!in',
    'in~',
    '!in~',
    'has_any',
    'has_all',
    'between',
    '!between',
  ].toSorted(),
  aggregates: Object.keys(aggregates).toSorted(),
  functions: [...Object.keys(functions), ...severalNames, ...pathFunctionNames, 'column_names_of'].toSorted(),
} as const
