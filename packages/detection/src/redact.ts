const secrets: [RegExp, string][] = [
  // JSON Web Tokens: three base64url parts, of which the first begins with {"
  [/eyJ[\w-]{8,2048}\.[\w-]{2,4096}\.[\w-]{0,2048}/g, '[token]'],
  [/(bearer|basic)(\s+|%20|\+)[\w.~+/=-]{8,4096}/gi, '$1 [redacted]'],
  [
    /((?:password|passwd|secret|token|api[-_]?key|access[-_]?key)["']?\s?[=:]\s?["']?)[^\s"'&;|]{4,512}/gi,
    '$1[redacted]',
  ],
  [/(:\/\/[^\s/:@]{1,128}:)[^\s/@]{1,256}@/g, '$1[redacted]@'],
]

/** A line fit for display and storage: credentials replaced, control characters out, at most `limit` characters. */
export function redact(text: string, limit = 600): string {
  let line = text.slice(0, limit * 4)
  for (const [pattern, replacement] of secrets) line = line.replace(pattern, replacement)
  // oxlint-disable-next-line no-control-regex -- control characters are what this removes
  line = line.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line
}
