import path from 'node:path'
import { z } from 'zod'

const optional = z
  .string()
  .trim()
  .optional()
  .transform((v) => v || undefined)
const secret = (least: number) =>
  optional.refine((v) => v === undefined || v.length >= least, `must have at least ${least} characters`)
const number = (from: number, to: number, fallback: number) =>
  optional.transform((v, context) => {
    const n = v === undefined ? fallback : Number(v)
    if (Number.isInteger(n) && n >= from && n <= to) return n
    context.addIssue(`must be a whole number from ${from} to ${to}`)
    return z.NEVER
  })
const word = <const T extends string>(...words: T[]) =>
  optional.transform((v, context): T | undefined => {
    const found = words.find((w) => w === v)
    if (v !== undefined && !found) context.addIssue(`must be one of: ${words.join(', ')}`)
    return found
  })
const url = (...protocols: string[]) =>
  optional.refine((v) => v === undefined || (URL.canParse(v) && protocols.includes(new URL(v).protocol)), {
    error: `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  })

const defaultProbeImage = 'busybox:1.37'

const Environment = z.object({
  CORDON_PORT: number(0, 65_535, 4400),
  CORDON_HOST: optional.transform((v) => v ?? '127.0.0.1'),
  CORDON_DATA_DIR: optional.transform((v) => path.resolve(v ?? '.cordon')),
  CORDON_DATABASE_URL: url('postgres:', 'postgresql:'),
  CORDON_CLICKHOUSE_URL: url('http:', 'https:'),
  CORDON_TLS_CERT: optional,
  CORDON_TLS_KEY: optional,
  CORDON_BOOTSTRAP_TOKEN: secret(8),
  CORDON_LAB_PASSWORD: secret(8),
  CORDON_INGEST_TOKEN: secret(8),
  CORDON_LAB: word('on', 'off'),
  CORDON_KUBECONFIG: optional,
  CORDON_CONTEXTS: optional,
  CORDON_EVENT_RETENTION_DAYS: number(1, 3650, 90),
  CORDON_RECORD_RETENTION_DAYS: number(30, 36_500, 400),
  CORDON_PROBE_IMAGE: optional,
  CORDON_RULES: optional,
  CORDON_GEO_DATABASE: optional,
  CORDON_PUBLIC_DIR: optional,
  CORDON_LOG: word('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  CORDON_LOG_FORMAT: word('json', 'pretty'),
})

/** What the environment decides, parsed once. Paths are absolute. */
export interface Config {
  port: number
  host: string
  dataDir: string
  databaseUrl: string | undefined
  clickhouseUrl: string | undefined
  tls: { cert: string; key: string } | undefined
  bootstrapToken: string | undefined
  labPassword: string | undefined
  /** Accepted for every cluster, beside the tokens made per cluster. */
  ingestToken: string | undefined
  /** Run the embedded lab clusters. */
  lab: boolean
  kubeconfig: string | undefined
  /** Contexts of the kubeconfig to watch; empty = all. */
  contexts: string[]
  eventRetentionDays: number
  /** Folders of users' detection rules, read beside the pack and watched for changes. */
  ruleFolders: string[]
  /** Where addresses are: a MaxMind DB file, put into the event store and watched for changes. */
  geoDatabase: string | undefined
  /** For how long actions that are over are kept, with their evidence. The ledger is kept for good. */
  recordRetentionDays: number
  /** Image of the short-lived pod that tries whether an isolation holds; undefined = no such pods are made. */
  probeImage: string | undefined
  /** The built console. */
  publicDir: string
  log: { level: string; format: 'json' | 'pretty' }
}

/** The environment is not usable; the message lists every fault. */
export class ConfigError extends Error {}

/** Reads the `CORDON_` variables. Throws `ConfigError` naming each variable that is wrong and what it must be. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const parsed = Environment.safeParse(env)
  const faults = (parsed.error?.issues ?? []).map((issue) => `${issue.path.map(String).join('.')} ${issue.message}.`)
  if (Boolean(env.CORDON_TLS_CERT) !== Boolean(env.CORDON_TLS_KEY))
    faults.push(`${env.CORDON_TLS_CERT ? 'CORDON_TLS_KEY' : 'CORDON_TLS_CERT'} is needed too.`)
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults.join('\n'))
  const e = parsed.data
  const file = (name: string | undefined) =>
    name ? path.resolve(name.replace(/^~(?=\/)/, env.HOME ?? '~')) : undefined
  const kubeconfig = file(e.CORDON_KUBECONFIG)
  const lab = e.CORDON_LAB ? e.CORDON_LAB === 'on' : !kubeconfig
  return {
    port: e.CORDON_PORT,
    host: e.CORDON_HOST,
    dataDir: e.CORDON_DATA_DIR,
    databaseUrl: e.CORDON_DATABASE_URL,
    clickhouseUrl: e.CORDON_CLICKHOUSE_URL,
    tls:
      e.CORDON_TLS_CERT && e.CORDON_TLS_KEY
        ? { cert: path.resolve(e.CORDON_TLS_CERT), key: path.resolve(e.CORDON_TLS_KEY) }
        : undefined,
    bootstrapToken: e.CORDON_BOOTSTRAP_TOKEN,
    labPassword: e.CORDON_LAB_PASSWORD,
    ingestToken: e.CORDON_INGEST_TOKEN,
    lab,
    kubeconfig,
    contexts: (e.CORDON_CONTEXTS ?? '')
      .split(',')
      .map((c) => c.trim())
      .filter(Boolean),
    eventRetentionDays: e.CORDON_EVENT_RETENTION_DAYS,
    ruleFolders: (e.CORDON_RULES ?? '').split(path.delimiter).flatMap((dir) => file(dir.trim()) ?? []),
    geoDatabase: file(e.CORDON_GEO_DATABASE),
    recordRetentionDays: e.CORDON_RECORD_RETENTION_DAYS,
    // Without probes no isolation can be verified: switching them off must be said.
    probeImage: e.CORDON_PROBE_IMAGE === 'off' ? undefined : (e.CORDON_PROBE_IMAGE ?? defaultProbeImage),
    publicDir: file(e.CORDON_PUBLIC_DIR) ?? path.resolve(import.meta.dirname, '../../console/dist'),
    log: {
      level: e.CORDON_LOG ?? 'info',
      format: e.CORDON_LOG_FORMAT ?? (process.stderr.isTTY ? 'pretty' : 'json'),
    },
  }
}
