// Without vowels and look-alikes, as the API server's name generator (k8s.io/apimachinery rand.SafeEncodeString).
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** The five characters a controller appends to a name. */
export function randomSuffix(length = 5): string {
  let suffix = ''
  for (let i = 0; i < length; i++) suffix += ALPHABET[Math.floor(Math.random() * ALPHABET.length)]
  return suffix
}

/** A stable short hash of any JSON value, written in the name alphabet; key order does not matter. */
export function templateHash(value: unknown): string {
  let hash = 0x811c9dc5
  for (const char of stableJson(value)) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0
  return [...String(hash)].map((digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join('')
}

export function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`
  if (value && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    entries.sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${stableJson(item)}`).join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}
