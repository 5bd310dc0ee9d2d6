import { EntityKey, rowKinds } from '@cordon/entities'
import { Severity, tacticOrder } from '@cordon/incidents'
import { z } from 'zod'

const when = z.iso.datetime()
/** A KQL query; what the language refuses is told with its place. */
const kql = z.string().min(1).max(100_000)
/** ISO 8601: a duration back from now, `start/end`, `start/duration`, `duration/end`, or one time up to now. */
const timespan = z.string().max(100)

export const HuntDiagnostic = z.object({
  /** UTF-16 offsets in the query. */
  start: z.number().int(),
  end: z.number().int(),
  severity: z.enum(['error', 'warning', 'information']),
  message: z.string(),
  hint: z.string().optional(),
  /** Text that repairs it, put in place of start to end. */
  fix: z.string().optional(),
})
export type HuntDiagnostic = z.infer<typeof HuntDiagnostic>

const Column = z.object({ name: z.string(), type: z.string() })

/** What one person may use, by role; everyone together shares the three places of the engine. */
export const HuntLimits = z.object({
  /** Rows shown of one answer. */
  rows: z.number().int(),
  /** Rows of one exported file; null = as many as there are. */
  exportRows: z.number().int().nullable(),
  /** Rows read of a table of Cordon's own state, such as AlertInfo; the newest. */
  stateRows: z.number().int(),
  /** Time in the engine for one query, and for one export. */
  seconds: z.number().int(),
  exportSeconds: z.number().int(),
  memoryBytes: z.number().int(),
  /** Queries of one person that run at the same time, that may wait, and that run for everyone together. */
  concurrent: z.number().int(),
  waiting: z.number().int(),
  overall: z.number().int(),
  /** Seconds of engine time within the last `quotaMinutes`; null = no such limit. */
  quotaSeconds: z.number().int().nullable(),
  quotaMinutes: z.number().int(),
})
export type HuntLimits = z.infer<typeof HuntLimits>

/** What the caller's queries take now and took lately. */
export const HuntUsage = z.object({
  running: z.number().int(),
  /** Places in the queue of the caller's waiting queries, 1 = next. */
  positions: z.array(z.number().int()),
  /** Everyone's queries. */
  overall: z.object({ running: z.number().int(), waiting: z.number().int() }),
  /** Engine time within the last `limits.quotaMinutes`. */
  usedSeconds: z.number(),
  limits: HuntLimits,
})
export type HuntUsage = z.infer<typeof HuntUsage>

/** As Microsoft Graph's runHuntingQuery answers, with what the engine did beside it. */
export const HuntResult = z.object({
  schema: z.array(Column),
  results: z.array(z.record(z.string(), z.unknown())),
  /** There are more rows than `results` holds; `total` says how many, null where counting took too long. */
  truncated: z.boolean(),
  total: z.number().int().nullable(),
  stats: z.object({
    translateMs: z.number(),
    queuedMs: z.number(),
    engineMs: z.number(),
    totalMs: z.number(),
    rowsRead: z.number(),
    bytesRead: z.number(),
    /** Most memory seen while it ran; 0 where it was too quick to be seen. */
    memoryBytes: z.number(),
    /** Engine time of the caller within the last `limits.quotaMinutes`, this query included. */
    usedSeconds: z.number(),
  }),
  sql: z.string(),
  diagnostics: z.array(HuntDiagnostic),
  chart: z.object({ kind: z.string(), properties: z.record(z.string(), z.string()) }).nullable(),
  /** The span that was asked, as it was applied. */
  from: when.nullable(),
  to: when.nullable(),
})
export type HuntResult = z.infer<typeof HuntResult>

/**
 * The lines of the streaming variant, in this order: `queued` on every change of place, `started`, `progress` several
 * times a second, `rows` with the schema first and then rows in pieces, and `done` or `failed` at the end.
 */
export const HuntEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('queued'),
    /** 1 = next. */
    position: z.number().int(),
    /** All that wait and all that run, of everyone. */
    waiting: z.number().int(),
    running: z.number().int(),
  }),
  z.object({ type: z.literal('started'), queuedMs: z.number(), limits: HuntLimits }),
  z.object({
    type: z.literal('progress'),
    elapsedMs: z.number(),
    rowsRead: z.number(),
    /** 0 while the engine doesn't know. */
    rowsToRead: z.number(),
    bytesRead: z.number(),
    memoryBytes: z.number(),
  }),
  z.object({ type: z.literal('schema'), schema: z.array(Column) }),
  z.object({ type: z.literal('rows'), rows: z.array(z.record(z.string(), z.unknown())) }),
  HuntResult.omit({ schema: true, results: true }).extend({ type: z.literal('done') }),
  z.object({
    type: z.literal('failed'),
    problem: z.object({
      status: z.number().int(),
      title: z.string(),
      detail: z.string(),
      errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    }),
  }),
])
export type HuntEvent = z.infer<typeof HuntEvent>

export const HuntingTable = z.object({
  name: z.string(),
  title: z.string(),
  doc: z.string(),
  columns: z.array(Column.extend({ doc: z.string(), entity: z.string().nullable(), values: z.array(z.string()) })),
  samples: z.array(z.object({ title: z.string(), query: z.string() })),
  /** Of event tables: for how long events are kept, and the oldest day there is; null while no source sends any. */
  kept: z.object({ days: z.number().int(), firstDay: z.iso.date().nullable() }).nullable(),
})
export type HuntingTable = z.infer<typeof HuntingTable>

export const SavedQuery = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  query: z.string(),
  folder: z.enum(['mine', 'shared', 'built-in']),
  /** Everyone sees it. */
  shared: z.boolean(),
  /** ATT&CK tactic in kebab case. */
  tactic: z.string().nullable(),
  owner: z.string(),
  updatedAt: when.nullable(),
})
export type SavedQuery = z.infer<typeof SavedQuery>

export const ReadyHunt = z.object({
  id: z.string(),
  title: z.string(),
  doc: z.string(),
  query: z.string(),
  timespan: z.string(),
})
export type ReadyHunt = z.infer<typeof ReadyHunt>

const tactic = z.string().max(60).nullable().default(null)
const saved = {
  name: z.string().trim().min(1).max(200),
  description: z.string().max(2000).default(''),
  query: kql,
  shared: z.boolean().default(false),
  tactic,
}
const queryBody = z
  .object({ query: kql, Query: kql, timespan, Timespan: timespan })
  .partial()
  .refine(
    (body) => (body.query === undefined) !== (body.Query === undefined),
    'Give the query once, as query or Query.',
  )

const rowPart = z.union([
  z.object({ column: z.string().min(1).max(300) }).strict(),
  z.object({ value: z.string().min(1).max(300) }).strict(),
])

/** What linking rows of an answer to an incident needs. */
export const HuntLink = z.object({
  query: kql,
  from: when.nullable(),
  to: when.nullable(),
  /** As the answer gave them. */
  rows: z.array(z.record(z.string(), z.unknown())).min(1, 'Choose at least one row.').max(100),
  entities: z
    .array(
      z.object({
        kind: z.enum(rowKinds),
        /** Impacted: what was attacked; related: evidence of it. */
        role: z.enum(['impacted', 'related']),
        /** By the parts of the kind's key. */
        parts: z.record(z.string(), rowPart),
      }),
    )
    .min(1, 'Say which columns name an entity.')
    .max(20),
  /** null: a new incident. */
  incidentId: z.number().int().nullable(),
  title: z.string().trim().min(1, 'A title is required.').max(200),
  severity: Severity,
  category: z.enum(tacticOrder),
  description: z.string().trim().max(2000).default(''),
  /** What to do. */
  steps: z.array(z.string().trim().min(1).max(500)).max(10).default([]),
})
export type HuntLink = z.infer<typeof HuntLink>

export const huntingSchemas = {
  huntingLink: {
    body: HuntLink,
    output: z.object({
      incidentId: z.number().int(),
      /** One for each combination of impacted entities. */
      alertIds: z.array(z.string()),
      rows: z.number().int(),
      /** Rows that named no entity by this mapping. */
      leftOut: z.number().int(),
    }),
  },
  huntingQuery: { body: queryBody, output: HuntResult },
  huntingStream: { body: queryBody },
  huntingUsage: { output: HuntUsage },
  huntingDiagnose: {
    body: z.object({ query: z.string().max(100_000) }),
    output: z.object({ diagnostics: z.array(HuntDiagnostic) }),
  },
  huntingComplete: {
    body: z.object({ query: z.string().max(100_000), position: z.number().int().min(0) }),
    output: z.object({ items: z.array(z.object({ label: z.string(), apply: z.string(), kind: z.number().int() })) }),
  },
  huntingSchema: {
    output: z.object({
      tables: z.array(HuntingTable),
      operators: z.array(z.string()),
      functions: z.array(z.string()),
      aggregates: z.array(z.string()),
      plugins: z.array(z.string()),
      limits: HuntLimits,
    }),
  },
  huntingReady: {
    query: z.object({ key: EntityKey, incidentId: z.coerce.number().int().optional() }),
    output: z.object({ hunts: z.array(ReadyHunt) }),
  },
  huntingQueryList: { output: z.object({ items: z.array(SavedQuery) }) },
  huntingQueryCreate: { body: z.object(saved), output: SavedQuery },
  huntingQueryUpdate: { params: z.object({ id: z.string() }), body: z.object(saved).partial(), output: SavedQuery },
  huntingQueryDelete: { params: z.object({ id: z.string() }) },
  huntingHistory: {
    output: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          at: when,
          query: z.string(),
          timespan: z.string().nullable(),
          state: z.enum(['finished', 'failed', 'cancelled']),
          ms: z.number(),
          rows: z.number().int().nullable(),
        }),
      ),
    }),
  },
  huntingExport: {
    body: z.object({ query: kql, timespan: timespan.optional(), format: z.enum(['csv', 'ndjson', 'parquet']) }),
  },
}
