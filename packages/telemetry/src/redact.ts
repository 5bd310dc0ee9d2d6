/** What stands where a secret was. */
export const redacted = '[redacted]'

// Cheap gate: most command lines hold none of these and skip the patterns below.
const suspicious =
  /pass|pwd|secret|token|key|cred|auth|bearer|cookie|eyj|:\/\/[^\s/]{0,600}@|akia|asia|gh[posur]_|github_pat|glpat|xox|sk_live|hvs\.|npm_|dckr_pat|pypi-|aiza|begin |from-literal|requirepass|[?&]sig=|(?:mysql|maria|login|mongo|redis-cli|ldap|sqlcmd|bcp|smbclient|curl|http|xh)[^\n]{0,600}\s-{1,2}[puawU]/i

/** A shell word or quoted text; also the escaped quotes of JSON within a command. */
const value = String.raw`(?:\\?"[^"\\\n]*\\?"|\\?'[^'\\\n]*\\?'|[^\s"'&;|)<>]+)`

/** Names whose value is a secret; `tokens` (a count) and names of files, ids, lifetimes … are not. */
const secretName = String.raw`(?:[\w.]{0,40}[-_.])?(?:(?:[a-z0-9]{0,20})?(?:password|passwd|passphrase)|pwd|pass|pw|secret|token|api[-_]?key|access[-_]?key|secret[-_]?key|private[-_]?key|account[-_]?key|shared[-_]?access[-_]?key|auth[-_]?key|signing[-_]?key|encryption[-_]?key|credentials?|client[-_]?secret|requirepass|masterauth|secretaccesskey|sessiontoken|accesstoken|refreshtoken|authtoken|apitoken|bearertoken|dbpass|rootpass)`

/** Values that only point at a secret stay: shell expansions, usual paths, templates and the words for "none". */
const pointer = String.raw`(?!\\?["']?(?:\$|\x60|<|%|\{\{|/(?:var|run|etc|tmp|home|root|opt|usr|proc|dev|mnt|srv|data|secrets?|vault|bin|app)/|(?:true|false|null|none|nil|yes|no|\d{1,3})(?:[\s"'&;|,)]|$)|\[redacted))`

interface Rule {
  find: RegExp
  put: string | ((...groups: string[]) => string)
}

const rules: Rule[] = [
  // Private keys, also when cut off before their end.
  {
    find: /(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
    put: `$1${redacted}`,
  },
  // HTTP headers.
  {
    find: /\b((?:proxy-)?authorization\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?(?:(?:bearer|basic|token|negotiate|digest|aws4-hmac-sha256)\s{1,4})?)(?!\$|\x60|\[redacted|(?:bearer|basic|token)\s)[^\s"'\\]+/gi,
    put: `$1${redacted}`,
  },
  { find: /\b(bearer\s{1,4})(?!\$|\x60|token\b|auth)[\w.~+/=-]{8,}/gi, put: `$1${redacted}` },
  {
    find: /\b((?:x-[a-z-]{0,30}(?:token|key|secret|auth)|private-token|job-token|api-?key|metadata-flavor-token)\s{0,4}:\s{0,4})(?!\$|\x60|\[redacted)[^\s"'\\]+/gi,
    put: `$1${redacted}`,
  },
  { find: /\b((?:set-)?cookie\s{0,4}:\s{0,4})(?!\$|\[redacted)[^"'\n]+/gi, put: `$1${redacted}` },
  // JSON web tokens and the prefixed tokens of well-known services.
  { find: /\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?/g, put: redacted },
  {
    find: /\b(?:gh[posur]_\w{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|sk_live_\w{10,}|npm_\w{30,}|hvs\.[\w-]{20,}|dckr_pat_[\w-]{20,}|AIza[\w-]{30,}|pypi-[\w-]{30,})/g,
    put: redacted,
  },
  { find: /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, put: `$1${redacted}` },
  // Credentials in URLs; the user stays.
  { find: /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"']{0,100}):(?!\$)[^\s/@"']{1,500}@/gi, put: `$1:${redacted}@` },
  // name=value, name: value, "name":"value", --name=value; the name may end in nothing but the secret word.
  {
    find: new RegExp(String.raw`(?<![\w.-])((?:--?)?${secretName}\\?["']?\s{0,2}[=:]\s{0,2})${pointer}${value}`, 'gi'),
    put: `$1${redacted}`,
  },
  // --name value
  {
    find: new RegExp(String.raw`(?<!\S)(--?${secretName}\s{1,4})(?!-)${pointer}${value}`, 'gi'),
    put: `$1${redacted}`,
  },
  {
    find: new RegExp(String.raw`(--from-literal[=\s]['"]?[\w.-]{1,253}=)${pointer}${value}`, 'gi'),
    put: `$1${redacted}`,
  },
  // Tools whose short option is the password.
  {
    find: /\b((?:mysql|mysqldump|mysqladmin|mysqlimport|mysqlshow|mysqlcheck|mariadb(?:-[a-z]{1,12})?)\b[^|;&\n]{0,300}?\s-p)(?!\$|\x60|\s|$|\[redacted)["']?[^\s"']+["']?/g,
    put: `$1${redacted}`,
  },
  {
    find: /\b((?:sshpass|docker\s+login|podman\s+login|crictl|helm\s+registry\s+login|az\s+login|mongo|mongosh|mongodump|oc\s+login)\b[^|;&\n]{0,300}?\s-p\s{0,4})(?!\$|\x60|\[redacted|-)["']?[^\s"']+["']?/g,
    put: `$1${redacted}`,
  },
  {
    find: /\b(redis-cli\b[^|;&\n]{0,300}?\s-a\s{1,4})(?!\$|\x60|\[redacted|-)["']?[^\s"']+["']?/g,
    put: `$1${redacted}`,
  },
  {
    find: /\b((?:ldapsearch|ldapadd|ldapmodify|ldapwhoami)\b[^|;&\n]{0,300}?\s-w\s{0,4})(?!\$|\x60|\[redacted|-)["']?[^\s"']+["']?/g,
    put: `$1${redacted}`,
  },
  {
    find: /\b((?:sqlcmd|bcp)\b[^|;&\n]{0,300}?\s-P\s{0,4})(?!\$|\x60|\[redacted|-)["']?[^\s"']+["']?/g,
    put: `$1${redacted}`,
  },
  {
    find: /\b((?:curl|http|https|xh)\b[^|;&\n]{0,400}?\s(?:-u|--user|-U|--proxy-user)[=\s]{0,4}["']?[^\s:"']{1,100}:)(?!\$|\x60|\[redacted|\/\/)[^\s"']+/g,
    put: `$1${redacted}`,
  },
  { find: /\b(smbclient\b[^|;&\n]{0,300}?\s-U\s{0,4}["']?[^\s%"']{1,100}%)[^\s"']+/g, put: `$1${redacted}` },
  { find: /(\s-(?:passin|passout|pass|k)\s{1,4}pass:)(?!\$)[^\s"']+/g, put: `$1${redacted}` },
  {
    find: /(\becho\s{1,4}(?:-[ne]{1,2}\s{1,4})?["']?[\w.-]{1,32}:)(?!\$)[^\s"'|]{1,200}(["']?\s{0,4}\|\s{0,4}(?:sudo\s{1,4})?chpasswd)/g,
    put: `$1${redacted}$2`,
  },
  // Azure storage: shared access signatures.
  { find: /([?&]sig=)(?!\[redacted)[\w%+/=-]{16,}/gi, put: `$1${redacted}` },
]

const longest = 65_536

/**
 * A command line with secrets taken out. Everything else stays as it is, since detection and hunters read it. Texts
 * over 64 Ki characters are cut there first, so that the work is bounded.
 */
export function redactCommandLine(text: string): string {
  const bounded = text.length > longest ? text.slice(0, longest) : text
  if (!suspicious.test(bounded)) return bounded
  let result = bounded
  for (const rule of rules) result = result.replace(rule.find, rule.put as string)
  return result
}

// A white-space character to the patterns above that real arguments don't hold.
const separator = '\u2028'

/** The same for arguments that are still apart, e.g. `['--password', 'x']`. Keeps their number. */
export function redactArguments(args: readonly string[]): string[] {
  const joined = redactCommandLine(args.join(separator))
  const parts = joined.split(separator)
  if (parts.length === args.length) return parts
  // A quote open across arguments, or an argument over the limit: each by itself, and values after a secret option.
  return args.map((item, at) =>
    at > 0 && new RegExp(String.raw`^--?${secretName}$`, 'i').test(args[at - 1] ?? '')
      ? redacted
      : redactCommandLine(item),
  )
}

/** A request URI with secrets taken out of its `command` parameters (exec, attach) and of every other parameter. */
export function redactUri(uri: string): string {
  const mark = uri.indexOf('?')
  if (mark < 0) return redactCommandLine(uri)
  const pairs = uri.slice(mark + 1).split('&')
  const commands = pairs.flatMap((pair, at) =>
    pair.startsWith('command=') ? [{ at, text: decode(pair.slice(8)) }] : [],
  )
  const clean = redactArguments(commands.map((command) => command.text))
  commands.forEach((command, index) => {
    const now = clean[index] ?? redacted
    if (now !== command.text)
      pairs[command.at] = `command=${encodeURIComponent(now.toWellFormed()).replaceAll('%20', '+')}`
  })
  const rest = pairs.map((pair) => (pair.startsWith('command=') ? pair : redactCommandLine(pair)))
  return `${uri.slice(0, mark)}?${rest.join('&')}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text // malformed percent-encoding is an attacker's; read as it is
  }
}
