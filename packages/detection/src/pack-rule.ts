import type { CorrelationRule, RuleProblem, SigmaRule } from '@cordon/sigma'
import { z } from 'zod'

export const severities = ['high', 'medium', 'low', 'informational'] as const
export type Severity = (typeof severities)[number]

export const tiers = ['control-plane', 'workload-runtime', 'host'] as const
export type Tier = (typeof tiers)[number]

const span = z.string().regex(/^\d+[smhd]$/)

/** The `cordon:` block of a rule: what Sigma doesn't say and an alert needs. */
export const CordonBlock = z.strictObject({
  /** false: only feeds a correlation, raises nothing by itself. */
  alert: z.boolean().default(true),
  severity: z.enum(severities).optional(),
  tier: z.enum(tiers).optional(),
  /** Names of selections that, when they hold, change the severity; the first that holds counts. */
  raise: z.record(z.string(), z.enum(severities)).default({}),
  /** Sentence with `{field}` places, put in front of the description. */
  summary: z.string().optional(),
  /** Names of extractors, each with an optional `:role`. */
  evidence: z.array(z.string().regex(/^[a-z-]+(:[a-z-]+)?$/)).optional(),
  /** Repeats with equal values within the window are one alert. */
  dedupe: z.strictObject({ by: z.array(z.string()), window: span.default('1h') }).optional(),
  /** What to do, in order. */
  response: z.array(z.string()).default([]),
  /** Left on the session of the process for ten minutes; later events carry it in `cordon.recent`. */
  mark: z.string().optional(),
  /** Rows of the studied product's catalogue this answers, for the coverage page. */
  catalogue: z.array(z.union([z.number(), z.string()])).default([]),
})
export type CordonBlock = z.infer<typeof CordonBlock>

/** A rule or correlation that raises alerts, with everything an alert takes over from it. */
export interface PackRule {
  /** Folder name, or for users' rules the Sigma name or id: stable identity. */
  id: string
  title: string
  description: string
  severity: Severity
  tier: Tier
  /** Kebab case (`privilege-escalation`) and ids (`T1611`). */
  tactics: string[]
  techniques: string[]
  response: string[]
  falsePositives: string[]
  references: string[]
  author?: string
  raise: [string, Severity][]
  summary?: string
  evidence: { name: string; role?: string }[]
  dedupeBy: string[]
  dedupeWindowMs: number
  mark?: string
  catalogue: (number | string)[]
  source: 'pack' | 'custom'
  /** The documents that raise it: one per log source. */
  documents: (SigmaRule | CorrelationRule)[]
  file: string
}

const levels: Record<string, Severity> = {
  critical: 'high',
  high: 'high',
  medium: 'medium',
  low: 'low',
  informational: 'informational',
}
const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const auditEvidence = ['actor', 'source', 'object']
const processEvidence = ['process', 'pod']

/**
 * Reads the `cordon:` block of a parsed document.
 * @returns undefined when the document raises nothing by itself, a problem when the block doesn't fit
 */
export function packRule(
  sigma: SigmaRule | CorrelationRule,
  options: { id: string; source: 'pack' | 'custom' },
): PackRule | RuleProblem | undefined {
  const parsed = CordonBlock.safeParse(sigma.document['cordon'] ?? {})
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const message = `cordon.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'does not fit'}`
    return { file: sigma.file, line: sigma.line, rule: sigma.title, message }
  }
  const block = parsed.data
  if (!block.alert) return undefined
  const unknown = sigma.kind === 'rule' && Object.keys(block.raise).find((name) => !sigma.selections.has(name))
  if (unknown)
    return {
      file: sigma.file,
      line: sigma.line,
      rule: sigma.title,
      message: `cordon.raise names "${unknown}", which is no selection`,
    }
  const audit = sigma.kind === 'rule' ? sigma.logsource.product === 'kubernetes' : block.tier === 'control-plane'
  return {
    id: options.id,
    title: sigma.title,
    description: sigma.description.trim().replaceAll(/\s*\n\s*/g, ' '),
    severity: block.severity ?? levels[sigma.level ?? ''] ?? 'medium',
    tier: block.tier ?? (audit ? 'control-plane' : 'workload-runtime'),
    ...techniquesOf(sigma.tags),
    response: block.response,
    falsePositives: sigma.falsePositives,
    references: sigma.references,
    author: sigma.author,
    raise: Object.entries(block.raise),
    summary: block.summary,
    evidence: (block.evidence ?? (audit ? auditEvidence : processEvidence)).map(evidencePart),
    dedupeBy: block.dedupe?.by ?? defaultDedupe(sigma, audit),
    dedupeWindowMs: spanMs(block.dedupe?.window ?? '1h'),
    mark: block.mark,
    catalogue: block.catalogue,
    source: options.source,
    documents: [sigma],
    file: sigma.file,
  }
}

function defaultDedupe(sigma: SigmaRule | CorrelationRule, audit: boolean): string[] {
  if (sigma.kind === 'correlation') return sigma.groupBy
  return audit ? ['cordon.actor.name', 'cordon.object.namespace', 'cordon.object.name'] : ['cordon.place']
}

function evidencePart(text: string): { name: string; role?: string } {
  const [name = '', role] = text.split(':')
  return { name, role }
}

function techniquesOf(tags: string[]): { tactics: string[]; techniques: string[] } {
  const names = tags.filter((tag) => tag.startsWith('attack.')).map((tag) => tag.slice(7))
  const isTechnique = (name: string) => /^t\d{4}/.test(name)
  return {
    tactics: names
      .filter((name) => !isTechnique(name) && !/^[gs]\d{4}$/.test(name))
      .map((name) => name.replaceAll('_', '-')),
    techniques: names.filter(isTechnique).map((name) => name.toUpperCase()),
  }
}

function spanMs(text: string): number {
  return Number.parseInt(text, 10) * unitMs[text.at(-1)!]!
}
