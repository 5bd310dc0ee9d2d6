import { membersOf, objectAt, textAt, type Members } from '../reading.ts'
import { redactArguments, redactCommandLine, redacted } from '../redact.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
const secretEnv =
  /pass(?:word|wd|phrase)?$|secret|token|api_?key|access_?key|private_?key|credential|connection_?string/i
const notSecretEnv = /(?:_file|_path|_dir|_name|_id|_ttl|_url|_uri|_host|_enabled|_method)$/i

/**
 * Takes secrets out of the request and response bodies of an audit event: data of Secrets, issued and reviewed tokens,
 * environment values with telling names, and command lines of containers in pods and templates. Returns the same
 * object when nothing had to go. A policy at level Metadata for secrets is still the right one; this is the net below.
 */
export function redactBodies(raw: Members): Members {
  const resource = textAt(objectAt(raw, 'objectRef'), 'resource')
  let result = raw
  for (const body of ['requestObject', 'responseObject']) {
    const sent = membersOf(raw[body])
    if (sent === undefined) continue
    const clean =
      resource === 'secrets' || sent['kind'] === 'Secret' || sent['kind'] === 'SecretList'
        ? withoutData(sent)
        : walk(sent, 0)
    if (clean !== sent) result = { ...result, [body]: clean }
  }
  return result
}

function withoutData(secret: Members): Members {
  const entries = Object.entries(secret).map(([key, value]): [string, unknown] => {
    if ((key === 'data' || key === 'stringData') && membersOf(value)) {
      return [key, Object.fromEntries(Object.keys(value as Members).map((name) => [name, redacted]))]
    }
    if (key === 'items' && Array.isArray(value))
      return [key, value.map((item) => (membersOf(item) ? withoutData(item as Members) : item))]
    if (key === 'metadata' && membersOf(value)) return [key, withoutLastApplied(value as Members)]
    return [key, value]
  })
  return Object.fromEntries(entries)
}

function withoutLastApplied(metadata: Members): Members {
  const annotations = objectAt(metadata, 'annotations')
  if (annotations === undefined || !Object.hasOwn(annotations, lastApplied)) return metadata
  return { ...metadata, annotations: { ...annotations, [lastApplied]: redacted } }
}

/** Copies only along the path to a change. Pod templates nest to about ten levels; patches and lists to a few more. */
function walk(from: Members, depth: number): Members {
  if (depth > 14) return from
  let result = from
  for (const key in from) {
    const value = from[key]
    if (typeof value !== 'object' && key !== 'token' && key !== lastApplied) continue
    const clean = cleanMember(key, value, depth)
    if (clean !== value) result = { ...result, [key]: clean }
  }
  return result
}

function cleanMember(key: string, value: unknown, depth: number): unknown {
  if (key === 'token' && typeof value === 'string' && value !== '') return redacted
  if (key === lastApplied && typeof value === 'string') return cleanApplied(value)
  if (
    (key === 'command' || key === 'args') &&
    Array.isArray(value) &&
    value.every((item) => typeof item === 'string')
  ) {
    const clean = redactArguments(value)
    return clean.every((item, at) => item === value[at]) ? value : clean
  }
  if (key === 'env' && Array.isArray(value)) return mapKeeping(value, cleanEnv)
  if (Array.isArray(value))
    return mapKeeping(value, (item) => (membersOf(item) ? walk(item as Members, depth + 1) : item))
  return membersOf(value) ? walk(value as Members, depth + 1) : value
}

function cleanEnv(item: unknown): unknown {
  const entry = membersOf(item)
  const name = textAt(entry, 'name')
  const value = textAt(entry, 'value')
  if (entry === undefined || name === undefined || value === undefined) return item
  if (secretEnv.test(name) && !notSecretEnv.test(name) && !value.startsWith('$(')) return { ...entry, value: redacted }
  const clean = redactCommandLine(value)
  return clean === value ? item : { ...entry, value: clean }
}

// kubectl apply repeats the whole object here as JSON text.
function cleanApplied(text: string): string {
  try {
    const applied = membersOf(JSON.parse(text))
    if (applied === undefined) return text
    const clean = applied['kind'] === 'Secret' ? withoutData(applied) : walk(applied, 0)
    return clean === applied ? text : JSON.stringify(clean)
  } catch {
    return redactCommandLine(text)
  }
}

function mapKeeping(list: unknown[], change: (item: unknown) => unknown): unknown[] {
  const mapped = list.map(change)
  return mapped.every((item, at) => item === list[at]) ? list : mapped
}
