import {
  type CustomDetectionInput,
  detectionFrequencies,
  type DetectionProblem,
  type EntityMapping,
  mappableKinds,
  mostPlaceholders,
  partLabels,
  placeholdersOf,
} from '@cordon/contract'
import { hasColumn, kindLabels } from '@cordon/entities'
import { tableNamed } from '@cordon/telemetry'
import type { Actor } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'
import type { Hunts } from './ports.ts'
import { repairs, type WantedColumn } from './repair-query.ts'
import { suggestEntities } from './suggest-entities.ts'

type Described = Awaited<ReturnType<Hunts['describe']>>
type Asked = Pick<CustomDetectionInput, 'query'> & Partial<CustomDetectionInput>

export interface Checked {
  columns: { name: string; type: string }[]
  problems: DetectionProblem[]
  notContinuous: string | null
  suggested: EntityMapping[]
}

const mostAttempts = 4
const timestamp: WantedColumn = { name: 'Timestamp', aggregate: 'max(Timestamp)' }
const cluster: WantedColumn = {
  name: 'ClusterName',
  from: 'tostring(parse_json(tostring(AdditionalFields)).ClusterName)',
}

/** Whether alerts can be made of a query's rows, and what to do where they can't. What is not given is not judged. */
export async function checkDetection(
  hunts: Pick<Hunts, 'describe'>,
  author: Actor,
  asked: Asked,
  signal: AbortSignal,
): Promise<Checked> {
  let described: Described
  try {
    described = await hunts.describe(author, asked.query, signal)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'unavailable') throw error
    const problems = [{ field: 'query', message: error.message, fix: null }]
    return { columns: [], problems, notContinuous: null, suggested: [] }
  }
  const columns = described.columns.map(({ name, type }) => ({ name, type }))
  const notContinuous = whyNotContinuous(described)
  const suggested = suggestEntities(columns)
  const repair = (label: string, wanted: readonly WantedColumn[]) =>
    tryRepairs(hunts, author, { asked, label, wanted, signal })
  const problems = [
    ...(await columnProblems(columns, suggested, asked, repair)),
    ...mappingProblems(columns, asked),
    ...textProblems(columns, asked),
    ...scheduleProblems(asked, notContinuous),
  ]
  return { columns, problems, notContinuous, suggested }
}

function whyNotContinuous({ notRowWise, reads }: Described): string | null {
  if (notRowWise !== null) return notRowWise
  const table = reads[0] ?? ''
  return tableNamed(table) ? null : `${table} is not a table of events`
}

type Repair = (label: string, wanted: readonly WantedColumn[]) => Promise<DetectionProblem['fix']>

async function columnProblems(
  columns: Checked['columns'],
  suggested: readonly EntityMapping[],
  { entities }: Asked,
  repair: Repair,
): Promise<DetectionProblem[]> {
  const problems: DetectionProblem[] = []
  const hasTime = columns.some(({ name, type }) => name === 'Timestamp' && type === 'datetime')
  if (!hasTime)
    problems.push({
      field: 'query',
      message: columns.some(({ name }) => name === 'Timestamp')
        ? 'Timestamp is no datetime any more: an alert takes the time of its event from it. Leave it as it is stored.'
        : 'The answer has no column Timestamp: an alert takes the time of its event from it.',
      fix: await repair('Add Timestamp', [timestamp]),
    })
  const mapped = entities && entities.length > 0 ? entities : suggested
  if (!mapped.some(({ kind }) => mappableKinds[kind].identifies)) {
    const wanted = [
      ...(hasTime ? [] : [timestamp]),
      cluster,
      { name: 'KubernetesNamespace' },
      { name: 'KubernetesPodName' },
    ]
    problems.push({
      field: 'entities',
      message:
        'No column names a pod, container, workload, service account, user, node or namespace with its cluster: an alert must say what it is about.',
      fix:
        (await repair('Add the pod and its cluster', wanted)) ??
        (await repair('Add the user and the cluster', [
          ...(hasTime ? [] : [timestamp]),
          cluster,
          { name: 'User', from: 'tostring(RawEventData.User.username)' },
        ])),
    })
  }
  return problems
}

interface Repairing {
  asked: Asked
  label: string
  wanted: readonly WantedColumn[]
  signal: AbortSignal
}

/** Offers only what was found to answer with the columns. */
async function tryRepairs(
  hunts: Pick<Hunts, 'describe'>,
  author: Actor,
  { asked, label, wanted, signal }: Repairing,
): Promise<DetectionProblem['fix']> {
  for (const query of repairs(asked.query, wanted).slice(0, mostAttempts))
    try {
      const { columns } = await hunts.describe(author, query, signal)
      const has = (name: string) => columns.some((column) => column.name === name)
      if (wanted.every(({ name }) => has(name))) return { label, query }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  return null
}

function mappingProblems(columns: Checked['columns'], { entities = [], dedupe }: Asked): DetectionProblem[] {
  const problems: DetectionProblem[] = []
  for (const [index, { kind, parts }] of entities.entries())
    for (const name of mappableKinds[kind].parts) {
      const part = parts[name]
      const label = `${kindLabels[kind]}: ${partLabels[name] ?? name}`
      const field = `entities.${index}.${name}`
      if (part === undefined) problems.push({ field, message: `${label} is needed. Choose its column.`, fix: null })
      else if ('column' in part && !hasColumn(columns, part.column))
        problems.push({ field, message: `${label}: the answer has no column ${part.column}.`, fix: null })
    }
  for (const column of dedupe?.columns ?? [])
    if (!hasColumn(columns, column))
      problems.push({
        field: 'dedupe',
        message: `The answer has no column ${column} to tell alerts apart by.`,
        fix: null,
      })
  return problems
}

function textProblems(columns: Checked['columns'], asked: Asked): DetectionProblem[] {
  return (['title', 'description'] as const).flatMap((field) => {
    const named = placeholdersOf(asked[field] ?? '')
    const problems = named
      .filter((name) => !hasColumn(columns, name))
      .map((name) => ({ field, message: `The answer has no column ${name} for {{${name}}}.`, fix: null }))
    const tooMany = named.length > mostPlaceholders
    return tooMany
      ? [...problems, { field, message: `At most ${mostPlaceholders} columns can stand in one text.`, fix: null }]
      : problems
  })
}

function scheduleProblems(
  { frequencyMinutes, lookbackMinutes }: Asked,
  notContinuous: string | null,
): DetectionProblem[] {
  if (frequencyMinutes === 0)
    return notContinuous === null
      ? []
      : [
          {
            field: 'frequencyMinutes',
            message: `It can't run continuously: ${notContinuous}. Choose ${detectionFrequencies[5].label.toLowerCase()} or rarer.`,
            fix: null,
          },
        ]
  if (frequencyMinutes === undefined || lookbackMinutes === undefined || lookbackMinutes >= frequencyMinutes) return []
  return [
    {
      field: 'lookbackMinutes',
      message: 'The look-back is shorter than the time between runs: what happens in between would never be seen.',
      fix: null,
    },
  ]
}
