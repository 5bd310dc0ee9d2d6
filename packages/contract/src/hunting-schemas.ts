import { EntityKey } from '@cordon/entities'
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
  }),
  sql: z.string(),
  diagnostics: z.array(HuntDiagnostic),
  chart: z.object({ kind: z.string(), properties: z.record(z.string(), z.string()) }).nullable(),
  /** The span that was asked, as it was applied. */
  from: when.nullable(),
  to: when.nullable(),
})
export type HuntResult = z.infer<typeof HuntResult>

export const HuntingTable = z.object({
  name: z.string(),
  title: z.string(),
  doc: z.string(),
  columns: z.array(Column.extend({ doc: z.string(), entity: z.string().nullable(), values: z.array(z.string()) })),
  samples: z.array(z.object({ title: z.string(), query: z.string() })),
})
export type HuntingTable = z.infer<typeof HuntingTable>

export const SavedQuery = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  query: z.string(),
  folder: z.enum(['mine', 'shared', 'built-in']),
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

export const huntingSchemas = {
  huntingQuery: { body: queryBody, output: HuntResult },
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
      limits: z.object({ rows: z.number().int(), seconds: z.number().int(), concurrent: z.number().int() }),
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
  huntingExport: { body: z.object({ query: kql, timespan: timespan.optional(), format: z.enum(['csv', 'ndjson']) }) },
}
