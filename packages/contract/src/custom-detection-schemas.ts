import { Severity, tacticOrder } from '@cordon/incidents'
import { z } from 'zod'
import {
  type DetectionFrequency,
  detectionFrequencies,
  type MappableKind,
  mappableKinds,
} from './custom-detection-words.ts'

const when = z.iso.datetime()
const id = z.object({ id: z.string() })
const column = z.string().min(1).max(300)
const whole = z.number().int()

/** A part of an entity's key: a column, `Column.member` of one that holds JSON, or the same text for all rows. */
export const MappedPart = z.union([
  z.object({ column }).strict(),
  z.object({ value: z.string().min(1).max(300) }).strict(),
])
export type MappedPart = z.infer<typeof MappedPart>

export const EntityMapping = z.object({
  kind: z.enum(Object.keys(mappableKinds) as [MappableKind, ...MappableKind[]]), // keys of a constant object
  /** Impacted: what was attacked; related: evidence of it. */
  role: z.enum(['impacted', 'related']),
  /** By the names of `mappableKinds`. */
  parts: z.record(z.string(), MappedPart),
})
export type EntityMapping = z.infer<typeof EntityMapping>

const frequencies = Object.keys(detectionFrequencies).map(Number) as DetectionFrequency[]

/** Asked for each new alert's pod; always waits for a second person. */
export const DetectionAction = z.object({
  type: z.enum(['isolate-pod', 'restrict-pod', 'terminate-pod', 'contain-pod']),
})

// Without defaults: what a change leaves out must stay as it is.
const fields = {
  name: z.string().trim().min(2).max(100),
  query: z.string().trim().min(1, 'There is no query.').max(100_000),
  /** Minutes between runs; 0 = every new row by itself. */
  frequencyMinutes: z.literal(frequencies),
  lookbackMinutes: whole.min(5).max(43_200),
  severity: Severity,
  category: z.enum(tacticOrder),
  techniques: z.array(z.string().regex(/^T\d{4}(\.\d{3})?$/, 'Technique ids look like T1611 or T1552.007.')).max(20),
  /** `{{Column}}` takes the value of the alert's first row. */
  title: z.string().trim().min(2).max(200),
  description: z.string().trim().max(2000),
  /** What to do. */
  steps: z.array(z.string().trim().min(1).max(500)).max(10),
  entities: z.array(EntityMapping).min(1, 'Say which columns name an entity.').max(10),
  dedupe: z.object({
    /** Rows that agree in these are one alert; empty = the impacted entities. */
    columns: z.array(column).max(10),
    windowMinutes: whole.min(5).max(10_080),
  }),
  action: DetectionAction.nullable(),
  enabled: z.boolean(),
}

/** What people say of a custom detection. */
export const CustomDetectionInput = z.object({
  ...fields,
  techniques: fields.techniques.default([]),
  description: fields.description.default(''),
  steps: fields.steps.default([]),
  dedupe: fields.dedupe.default({ columns: [], windowMinutes: 1440 }),
  action: fields.action.default(null),
  enabled: fields.enabled.default(true),
})
export type CustomDetectionInput = z.infer<typeof CustomDetectionInput>

/** A problem with a field, in words, and where one is known the query that repairs it. */
export const DetectionProblem = z.object({
  field: z.string(),
  message: z.string(),
  fix: z.object({ label: z.string(), query: z.string() }).nullable(),
})
export type DetectionProblem = z.infer<typeof DetectionProblem>

export const DetectionRun = z.object({
  id: z.string(),
  kind: z.enum(['scheduled', 'continuous', 'manual', 'catch-up', 'gap']),
  state: z.enum(['running', 'completed', 'partly', 'failed', 'skipped']),
  startedAt: when,
  finishedAt: when.nullable(),
  from: when,
  to: when,
  requestedBy: z.string().nullable(),
  rows: whole,
  /** New alerts, and rows that added to alerts there were. */
  alerts: whole,
  repeats: whole,
  ms: z.number(),
  rowsRead: z.number(),
  bytesRead: z.number(),
  /** Why it failed, and what was left out. */
  error: z.string().nullable(),
  /** Of a failed run: the query's fault, out of time, something away or overloaded, or a fault of Cordon's. */
  cause: z.enum(['query', 'timeout', 'unavailable', 'unexpected']).nullable(),
  /** Attempts in a row that failed for the same passing cause, from the start on; the end is the last one's. */
  attempts: whole,
  notes: z.array(z.string()),
})
export type DetectionRun = z.infer<typeof DetectionRun>

export const CustomDetection = CustomDetectionInput.extend({
  id: z.string(),
  version: whole,
  createdBy: z.string(),
  createdAt: when,
  updatedBy: z.string(),
  updatedAt: when,
  /** `paused`: after repeated failures, until someone looks. */
  state: z.enum(['on', 'off', 'paused']),
  /** Why it is paused. */
  note: z.string().nullable(),
  isRunning: z.boolean(),
  lastRun: DetectionRun.nullable(),
  nextRunAt: when.nullable(),
  /** Failed runs in a row. */
  failures: whole,
  /** Of the last seven days. */
  cost: z.object({ runs: whole, failed: whole, ms: z.number(), rowsRead: z.number(), bytesRead: z.number() }),
  alerts: z.object({ total: whole, open: whole, lastAt: when.nullable() }),
})
export type CustomDetection = z.infer<typeof CustomDetection>

/** A response that an alert asked for. */
export const DetectionRequest = z.object({
  alertId: z.string(),
  incidentId: whole.nullable(),
  type: z.string(),
  target: z.string(),
  state: z.enum(['wanted', 'requested', 'refused']),
  actionId: z.string().nullable(),
  detail: z.string(),
  at: when,
})

export const CustomDetectionDetails = CustomDetection.extend({
  runs: z.array(DetectionRun),
  requests: z.array(DetectionRequest),
})

const PreviewedDetection = z.object({
  at: when,
  title: z.string(),
  description: z.string(),
  entities: z.array(z.object({ key: z.string(), kind: z.string(), name: z.string() })),
  rows: whole,
  sample: z.record(z.string(), z.unknown()),
})

export const DetectionPreview = z.object({
  from: when,
  to: when,
  alerts: whole,
  rows: whole,
  /** One for each day of the span, oldest first. */
  days: z.array(z.object({ day: z.string(), alerts: whole, rows: whole })),
  /** The newest alerts, each with its first row. */
  examples: z.array(PreviewedDetection),
  /** What the figures leave out, in words. */
  notes: z.array(z.string()),
  ms: z.number(),
  rowsRead: z.number(),
  bytesRead: z.number(),
})
export type DetectionPreview = z.infer<typeof DetectionPreview>

/** Inputs and outputs of the endpoints of `custom-detection-routes.ts`. */
export const customDetectionSchemas = {
  customDetectionList: { output: z.object({ items: z.array(CustomDetection) }) },
  customDetectionGet: { params: id, output: CustomDetectionDetails },
  customDetectionCheck: {
    body: z
      .object({ ...fields, entities: z.array(EntityMapping).max(10), title: z.string().max(200) })
      .partial()
      .extend({ query: z.string().max(100_000) }),
    output: z.object({
      columns: z.array(z.object({ name: z.string(), type: z.string() })),
      problems: z.array(DetectionProblem),
      /** Null: it can run on every new row; else why not. */
      notContinuous: z.string().nullable(),
      /** Entities that the columns seem to name. */
      suggested: z.array(EntityMapping),
    }),
  },
  customDetectionPreview: { body: CustomDetectionInput, output: DetectionPreview },
  customDetectionCreate: { body: CustomDetectionInput, output: CustomDetection },
  customDetectionUpdate: {
    params: id,
    body: z.object(fields).partial().extend({
      /** The version the change was made from: refused when someone else was faster. */
      version: whole.optional(),
    }),
    output: CustomDetection,
  },
  customDetectionDelete: { params: id },
  customDetectionRun: { params: id, output: CustomDetection },
}
