import type { Relation } from '../algebra/relation.ts'
import { list, maybe, part, type Syntax, token } from '../service/syntax.ts'
import { type Context, refuse } from './context.ts'
import { callDeclared } from './declared.ts'
import { evaluateOperator } from './evaluate.ts'
import { mvApply, mvExpand } from './expand.ts'
import { graphMatch, graphShortestPaths, makeGraph } from './graph.ts'
import { joinOperator, lookupOperator } from './join.ts'
import { makeSeries } from './make-series.ts'
import { nameOf, parametersOf } from './names.ts'
import { parseOperator } from './parse-operator.ts'
import { parseKv } from './parse-kv.ts'
import { extend, project, projectAway, projectKeep, projectRename, projectReorder } from './project.ts'
import { countRows, distinct, filter, getSchema, sample, sampleDistinct, serialize, sort, take, top } from './rows.ts'
import { partition } from './partition.ts'
import { scan } from './scan.ts'
import { searchRows } from './search.ts'
import { summarize } from './summarize.ts'
import { topHitters, topNested } from './top-nested.ts'
import { unionOf } from './union.ts'

type Operator = (context: Context, node: Syntax, input: Relation) => Relation

/** Every supported tabular operator by the name of its syntax. */
const operators: Readonly<Record<string, { names: readonly string[]; apply: Operator }>> = {
  FilterOperator: { names: ['where', 'filter'], apply: filter },
  ProjectOperator: { names: ['project'], apply: project },
  ProjectAwayOperator: { names: ['project-away'], apply: projectAway },
  ProjectKeepOperator: { names: ['project-keep'], apply: projectKeep },
  ProjectRenameOperator: { names: ['project-rename'], apply: projectRename },
  ProjectReorderOperator: { names: ['project-reorder'], apply: projectReorder },
  ExtendOperator: { names: ['extend'], apply: extend },
  SummarizeOperator: { names: ['summarize'], apply: summarize },
  DistinctOperator: { names: ['distinct'], apply: distinct },
  CountOperator: { names: ['count'], apply: countRows },
  TakeOperator: { names: ['take', 'limit'], apply: take },
  TopOperator: { names: ['top'], apply: top },
  SortOperator: { names: ['sort', 'order'], apply: sort },
  JoinOperator: { names: ['join'], apply: joinOperator },
  LookupOperator: { names: ['lookup'], apply: lookupOperator },
  UnionOperator: { names: ['union'], apply: unionOf },
  MvExpandOperator: { names: ['mv-expand'], apply: mvExpand },
  MvApplyOperator: { names: ['mv-apply'], apply: mvApply },
  ParseOperator: { names: ['parse'], apply: parseOperator },
  ParseWhereOperator: { names: ['parse-where'], apply: parseOperator },
  ParseKvOperator: { names: ['parse-kv'], apply: parseKv },
  TopNestedOperator: { names: ['top-nested'], apply: topNested },
  TopHittersOperator: { names: ['top-hitters'], apply: topHitters },
  ScanOperator: { names: ['scan'], apply: scan },
  PartitionOperator: { names: ['partition'], apply: partition },
  SearchOperator: { names: ['search'], apply: searchRows },
  MakeSeriesOperator: { names: ['make-series'], apply: makeSeries },
  SampleOperator: { names: ['sample'], apply: sample },
  SampleDistinctOperator: { names: ['sample-distinct'], apply: sampleDistinct },
  SerializeOperator: { names: ['serialize'], apply: serialize },
  GetSchemaOperator: { names: ['getschema'], apply: getSchema },
  EvaluateOperator: { names: ['evaluate'], apply: evaluateOperator },
  InvokeOperator: { names: ['invoke'], apply: invoke },
  AsOperator: { names: ['as'], apply: named },
  MakeGraphOperator: { names: ['make-graph'], apply: makeGraph },
  GraphMatchOperator: { names: ['graph-match'], apply: graphMatch },
  GraphShortestPathsOperator: { names: ['graph-shortest-paths'], apply: graphShortestPaths },
  RenderOperator: { names: ['render'], apply: render },
}

/** Names of the supported operators, sources aside. */
export const operatorNames: readonly string[] = Object.values(operators).flatMap((operator) => operator.names)

const hints: Readonly<Record<string, string>> = {
  find: 'find begins a query; where keeps rows of what stands before',
  reduce: 'summarize count() by a pattern from replace_regex()',
  facet: 'one summarize per column',
  fork: 'one query per branch',
  'graph-to-table': 'the tables that make-graph was given',
}

/** One operator of a pipeline. */
export function operator(context: Context, node: Syntax, input: Relation): Relation {
  const known = operators[node.kind]
  if (known) return known.apply(context, node, input)
  const name = node.kind
    .replace(/Operator$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-')
    .toLowerCase()
  return refuse(node, `The operator ${name} is not supported`, hints[name])
}

function invoke(context: Context, node: Syntax, input: Relation): Relation {
  const call = part(node, 'Function')
  return callDeclared(
    context,
    call,
    nameOf(part(call, 'Name')),
    (inner, body) => inner.query.relate(inner, body),
    input,
  )
}

function named(context: Context, node: Syntax, input: Relation): Relation {
  const name = nameOf(part(node, 'Name'))
  const relation: Relation = { ...input, source: name }
  context.scope.set(name, { kind: 'table', relation })
  return relation
}

function render(context: Context, node: Syntax, input: Relation): Relation {
  const properties = parametersOf([...list(node, 'Parameters'), ...list(maybe(node, 'WithClause'), 'Properties')])
  context.query.chart = { kind: token(node, 'ChartType'), properties }
  return input
}
