import { expect, it } from 'vitest'
import { compile, parseRules } from '../src/index.ts'
import { RuleIndex } from '../src/rule-index.ts'

let seed = 3
const next = (n: number) => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) % n
const pick = <T>(from: readonly T[]): T => from[next(from.length)]!

const fields = ['a', 'b', 'o.c', 'o.list', 'with.dots', 'whole', 'part']
const words = ['sh', 'bash', 'curl -o', '/tmp/x', 'Kubectl', 'ä', '-c', '10.0.0.7', '7', 'true', 'x.sh', '']
const modifiers = ['', '|contains', '|startswith', '|endswith', '|contains|all', '|cased', '|neq', '|re', '|re|i']
const regexes = ['sh', '(ba|z)?sh\\s', 'curl.*(-o|-O)', '\\.(sh|py)$', '^/tmp/', '(a|b|)c', 'k(ube|8s)ctl']
const conditions = [
  'a',
  'not a',
  'a and not b',
  'a or b',
  '1 of them',
  'all of them',
  'not 1 of them',
  '(a or b) and c',
]

function item(): string {
  const field = pick(fields)
  const kind = next(10)
  if (kind === 0) return `${field}: null`
  if (kind === 1) return `${field}|exists: ${pick(['true', 'false'])}`
  if (kind === 2) return `${field}: '*'`
  if (kind === 3) return `${field}|cidr: 10.0.0.0/8`
  const modifier = pick(modifiers)
  const value = () =>
    JSON.stringify(modifier.includes('re') ? pick(regexes) : pick([...words, 'b*sh', '*tmp*', 'c?rl*']))
  return `'${field}${modifier}': [${Array.from({ length: 1 + next(3) }, value).join(', ')}]`
}

function rules(count: number): string {
  const selection = (name: string) =>
    `  ${name}: { ${[...new Set([item(), item()])].slice(0, 1 + next(2)).join(', ')} }`
  return Array.from({ length: count }, (_, i) =>
    [
      `title: r${i}`,
      'logsource: { product: test }',
      'detection:',
      ...['a', 'b', 'c'].map(selection),
      `  condition: ${pick(conditions)}`,
    ].join('\n'),
  ).join('\n---\n')
}

function event(): Record<string, unknown> {
  const value = (): unknown =>
    pick([
      () => words[next(words.length)],
      () => `${pick(words)} ${pick(words)}`,
      () => next(20),
      () => null,
      () => next(2) === 0,
      () => [pick(words), pick(words).toUpperCase()],
      () => [],
      () => ({ c: pick(words) }),
    ])()
  const made: Record<string, unknown> = {}
  if (next(3) > 0) made['a'] = value()
  if (next(3) > 0) made['b'] = value()
  if (next(3) > 0) made['o'] = pick([{ c: value(), list: [value(), value()] }, [{ c: value() }], value()])
  if (next(3) > 0) made['with.dots'] = value()
  const part = pick(words)
  return { ...made, whole: `${pick(words)} ${part} ${pick(words)}`, ...(next(2) ? { part } : {}) }
}

// Rules are found by values that they cannot do without; one that is left out wrongly is an attack nobody sees.
it('the index hides no match', () => {
  const set = parseRules(rules(400), { file: 't' })
  const mapping = { fields: {}, partOf: { part: 'whole' }, common: { a: ['sh'], 'o.list': '*' as const } }
  const engine = compile(set, { fieldMapping: [{ logsource: { product: 'test' }, ...mapping }] })
  expect(engine.rules.length).toBeGreaterThan(300)
  const events = Array.from({ length: 3000 }, event)
  const matches = () => events.map((one) => engine.match({ product: 'test' }, one).map((match) => match.rule.title))
  const found = matches()
  const { evaluations } = engine.stats()
  const candidates = Object.getOwnPropertyDescriptor(RuleIndex.prototype, 'candidates')!
  try {
    RuleIndex.prototype.candidates = () => engine.rules.map((_, i) => i)
    expect(found).toEqual(matches())
  } finally {
    Object.defineProperty(RuleIndex.prototype, 'candidates', candidates)
  }
  expect(found.flat().length).toBeGreaterThan(10_000)
  // Otherwise the index had left nothing out, and this had tested nothing.
  expect(evaluations).toBeLessThan(0.8 * events.length * engine.rules.length)
})
