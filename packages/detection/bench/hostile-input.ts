/** Rules that would run for ages in an engine that backtracks, and some that no linear engine can take. */
export const hostilePatterns = {
  linear: [
    '(a+)+$',
    '(a|aa)+$',
    '(.*)*x',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(x+x+)+y',
    '(\\s|a|\\w)*!$',
    '^(.*?,){11}P',
    '(\\w+\\s?)*\\$',
  ],
  refused: ['(?<=a)b', '(a)\\1', '(?=x)y', '(((a{1,1000}){1,1000}){1,1000})', 'a'.repeat(5000), '(unclosed'],
}

/** The patterns as rules of a user; each looks at every event of its source. */
export function hostileRules(): string {
  const rule = (pattern: string, i: number, source: string, field: string) =>
    `title: hostile ${i} ${field}\nname: hostile-${i}-${field}\nlogsource: { ${source} }\ndetection:\n  sel: { ${field}|re: ${JSON.stringify(pattern)} }\n  condition: sel\n`
  const patterns = [...hostilePatterns.linear, ...hostilePatterns.refused]
  const globs = ['*a'.repeat(200) + '*b', `*${'a?'.repeat(150)}b*`]
  return [
    ...patterns.map((pattern, i) => rule(pattern, i, 'product: linux, category: process_creation', 'CommandLine')),
    ...patterns.map((pattern, i) => rule(pattern, i, 'product: kubernetes, service: audit', 'userAgent')),
    ...globs.map((glob, i) =>
      rule('', i, 'product: linux, category: process_creation', 'CommandLine')
        .replaceAll('hostile', 'glob')
        .replace('CommandLine|re: ""', `CommandLine: ${JSON.stringify(glob)}`),
    ),
  ].join('---\n')
}

/** A small generator with a fixed seed, so that a failure can be repeated. */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function nested(depth: number): unknown {
  let value: unknown = 'x'
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

const poison: (() => unknown)[] = [
  () => null,
  () => true,
  () => -1,
  () => 1e308,
  () => '',
  () => [],
  () => ({}),
  () => ['x', ['y', null]],
  () => ({ __proto__: null, constructor: 1, toString: 'x' }),
  () => 'a'.repeat(40_000),
  () => `${'a'.repeat(30_000)}!`,
  () => 'x,'.repeat(20_000),
  () => '\u0000\ud800\udfff',
  () => Buffer.from('Zm9v/+', 'latin1').toString('utf16le'),
  () => '%E0%A4%A%00%ff',
  () => 'skipped-too-big-size-object',
  () => '2026-13-45T99:99:99Z',
  () => Array.from({ length: 5000 }, (_, i) => ({ name: `n${i}`, image: 'a/b' })),
  () => Array.from({ length: 20_000 }, () => 'a'),
  () => nested(150),
  () => nested(400),
]

/** Replaces, renames and drops some members at any depth. */
export function mutate(value: unknown, next: () => number, depth = 0): unknown {
  if (next() < 0.03) return poison[Math.floor(next() * poison.length)]!()
  if (depth > 12 || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((element) => mutate(element, next, depth + 1))
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
      if (next() < 0.01) return []
      return [[next() < 0.01 ? `${name}\u0000.${name}` : name, mutate(member, next, depth + 1)]]
    }),
  )
}
