import { z } from 'zod'

/** How long the events of one hunting table are kept, and what it holds now. */
export const TableRetention = z.object({
  table: z.string(),
  title: z.string(),
  /** In force: its own days, else the default. */
  days: z.number().int(),
  /** Set for this table; null = the default holds. */
  ownDays: z.number().int().nullable(),
  rows: z.number().int(),
  bytesOnDisk: z.number().int(),
  /** The oldest day it holds; null while it is empty. */
  firstDay: z.iso.date().nullable(),
})
export type TableRetention = z.infer<typeof TableRetention>

export const Retention = z.object({
  tables: z.array(TableRetention),
  /** `CORDON_EVENT_RETENTION_DAYS`. */
  defaultDays: z.number().int(),
  version: z.number().int(),
  updatedBy: z.string().nullable(),
  updatedAt: z.iso.datetime().nullable(),
})
export type Retention = z.infer<typeof Retention>

export const retentionSchemas = {
  retentionGet: { output: Retention },
  retentionUpdate: {
    body: z.object({
      /** Days by table; null = the default. Tables left out stay as they are. */
      days: z.record(z.string().max(100), z.number().int().min(1).max(3650).nullable()),
      version: z.number().int(),
    }),
    output: Retention,
  },
}
