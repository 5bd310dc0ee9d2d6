/** A JSON value as YAML 1.2 block text, for reading. Strings that could be taken for something else are quoted. */
export function toYaml(value: unknown, depth = 0): string {
  const pad = '  '.repeat(depth)
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    return value
      .map((item) => `${pad}- ${isBlock(item) ? toYaml(item, depth + 1).trimStart() : toYaml(item)}`)
      .join('\n')
  }
  if (value && typeof value === 'object') {
    const entries = Object.entries(value)
    if (entries.length === 0) return '{}'
    return entries
      .map(
        ([key, item]) =>
          `${pad}${scalar(key)}:${isBlock(item) ? `\n${toYaml(item, depth + (Array.isArray(item) ? 0 : 1))}` : ` ${toYaml(item)}`}`,
      )
      .join('\n')
  }
  return typeof value === 'string' ? scalar(value) : String(value)
}

function isBlock(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

// Plain scalars of YAML 1.2 (section 7.3.3), kept to the safe middle: anything else goes in JSON quotes, which YAML reads.
const plain = /^[A-Za-z_/][\w./@ -]*$/
const reserved = /^(true|false|null|yes|no|on|off|~)$/i

function scalar(text: string): string {
  return plain.test(text) && !reserved.test(text) && !text.endsWith(' ') ? text : JSON.stringify(text)
}
