import { describe, expect, it } from 'vitest'
import { compile, Correlator, observationFrom, parseRules } from '../src/index.ts'

const base = (name: string, kind: string) =>
  `title: ${name}\nname: ${name}\nlogsource: { product: test }\ndetection: { sel: { kind: ${kind} }, condition: sel }\n`

type Step = [seconds: number, event: Record<string, unknown>]

function build(correlation: string, limits = {}) {
  const text = [base('login', 'login'), base('failed', 'failed'), base('net', 'net'), correlation].join('---\n')
  const set = parseRules(text, { file: 't' })
  expect(set.errors).toEqual([])
  const engine = compile(set)
  let correlator = new Correlator(engine, limits)
  let number = 0
  const feed = (steps: Step[]) =>
    steps.flatMap(([seconds, event]) =>
      engine
        .match({ product: 'test' }, event)
        .flatMap((match) => correlator.observe(observationFrom(match, seconds * 1000, `e${++number}`)))
        .map((found) => ({
          title: found.correlation.title,
          group: found.group,
          value: found.value,
          ids: found.entries.map((entry) => entry.id),
        })),
    )
  const restart = () => {
    const saved = JSON.parse(JSON.stringify([...correlator.snapshot()])) as unknown[]
    correlator = new Correlator(engine, limits)
    correlator.restore(saved)
  }
  return { feed, restart, stats: () => correlator.stats(), restore: (state: unknown) => correlator.restore([state]) }
}

const correlation = (body: string, title = 'C') =>
  `title: ${title}\nname: ${title}\ncorrelation:\n  ${body.trim().replaceAll('\n', '\n  ')}\n`
const failed = (user: string, more = {}) => ({ kind: 'failed', user, ...more })

describe('correlation types', () => {
  it('event_count: fires when the count is reached in the window, per group, and names the events once', () => {
    const { feed } = build(
      correlation('type: event_count\nrules: [failed]\ngroup-by: [user]\ntimespan: 1m\ncondition: { gte: 3 }'),
    )
    expect(
      feed([
        [0, failed('a')],
        [10, failed('b')],
        [20, failed('a')],
        [90, failed('a')],
      ]),
    ).toEqual([])
    expect(
      feed([
        [95, failed('a')],
        [100, failed('a')],
        [101, failed('a')],
      ]),
    ).toEqual([
      { title: 'C', group: { user: 'a' }, value: 3, ids: ['e4', 'e5', 'e6'] },
      { title: 'C', group: { user: 'a' }, value: 4, ids: ['e7'] },
    ])
  })

  it('event_count: a range', () => {
    const { feed } = build(
      correlation('type: event_count\nrules: [failed]\ngroup-by: [user]\ntimespan: 1m\ncondition: { gt: 1, lte: 2 }'),
    )
    expect(
      feed([
        [0, failed('a')],
        [1, failed('a')],
        [2, failed('a')],
      ]).map((found) => found.value),
    ).toEqual([2])
  })

  it('value_count: counts distinct values, several fields as one', () => {
    const { feed } = build(
      correlation(
        'type: value_count\nrules: [failed]\ngroup-by: [host]\ntimespan: 1m\ncondition: { field: [user, ip], gte: 3 }',
      ),
    )
    const at = (user: string, ip: string) => ({ kind: 'failed', host: 'h', user, ip })
    expect(
      feed([
        [0, at('a', '1')],
        [1, at('a', '1')],
        [2, at('a', '2')],
      ]),
    ).toEqual([])
    expect(feed([[3, at('b', '1')]])).toMatchObject([{ value: 3 }])
  })

  it('temporal: all rules in any order, with aliases', () => {
    const { feed } = build(
      correlation(
        'type: temporal\nrules: [failed, net]\ngroup-by: [address]\naliases: { address: { failed: src, net: dst } }\ntimespan: 1m',
      ),
    )
    expect(
      feed([
        [0, { kind: 'net', dst: '1' }],
        [5, { kind: 'failed', src: '2' }],
      ]),
    ).toEqual([])
    expect(feed([[10, { kind: 'failed', src: '1' }]])).toMatchObject([{ group: { address: '1' }, ids: ['e1', 'e3'] }])
  })

  it('temporal: a number of rules, and an extended condition', () => {
    const some = build(
      correlation('type: temporal\nrules: [failed, net, login]\ngroup-by: [user]\ntimespan: 1m\ncondition: { gte: 2 }'),
    )
    expect(
      some.feed([
        [0, failed('a')],
        [1, { kind: 'login', user: 'a' }],
      ]),
    ).toHaveLength(1)
    const without = build(
      correlation(
        'type: temporal\nrules: [failed, net, login]\ngroup-by: [user]\ntimespan: 1m\ncondition: login and not failed',
      ),
    )
    expect(without.feed([[0, { kind: 'login', user: 'a' }]])).toHaveLength(1)
    expect(
      without.feed([
        [0, failed('b')],
        [1, { kind: 'login', user: 'b' }],
      ]),
    ).toEqual([])
  })

  it('temporal_ordered: only in the order of the rules', () => {
    const { feed } = build(
      correlation('type: temporal_ordered\nrules: [failed, login]\ngroup-by: [user]\ntimespan: 1m'),
    )
    expect(
      feed([
        [0, { kind: 'login', user: 'a' }],
        [1, failed('a')],
      ]),
    ).toEqual([])
    expect(feed([[2, { kind: 'login', user: 'a' }]])).toHaveLength(1)
    // an event that arrives late still counts at its own time
    expect(
      feed([
        [10, { kind: 'login', user: 'b' }],
        [5, failed('b')],
      ]),
    ).toHaveLength(1)
  })

  it('value_sum, value_avg', () => {
    const bytes = (n: unknown) => ({ kind: 'net', user: 'a', bytes: n })
    const sum = build(
      correlation(
        'type: value_sum\nrules: [net]\ngroup-by: [user]\ntimespan: 1m\ncondition: { field: bytes, gt: 100 }',
      ),
    )
    expect(
      sum.feed([
        [0, bytes(60)],
        [1, bytes('none')],
        [2, bytes('50')],
      ]),
    ).toMatchObject([{ value: 110 }])
    const average = build(
      correlation(
        'type: value_avg\nrules: [net]\ngroup-by: [user]\ntimespan: 1m\ncondition: { field: bytes, gte: 50 }',
      ),
    )
    expect(
      average.feed([
        [0, bytes(10)],
        [1, bytes(50)],
        [2, bytes(100)],
      ]),
    ).toMatchObject([{ value: 160 / 3 }])
  })

  it('value_percentile: share of the value, or a percentile of numbers', () => {
    const share = build(
      correlation(
        'type: value_percentile\nrules: [net]\ngroup-by: [host]\ntimespan: 1h\ncondition: { field: name, lte: 10 }',
      ),
    )
    const named = (name: string) => ({ kind: 'net', host: 'h', name })
    expect(share.feed(Array.from({ length: 19 }, (_, i) => [i, named('usual')] as Step))).toEqual([])
    expect(share.feed([[30, named('rare')]])).toMatchObject([{ value: 5 }])
    const p90 = build(
      correlation(
        'type: value_percentile\nrules: [net]\ngroup-by: [host]\ntimespan: 1h\ncondition: { field: ms, percentile: 90, gt: 8 }',
      ),
    )
    const timed = (ms: number) => ({ kind: 'net', host: 'h', ms })
    expect(p90.feed([1, 2, 3, 4, 5, 6, 7, 8].map((ms) => [ms, timed(ms)] as Step))).toEqual([])
    expect(p90.feed([[9, timed(9)]])).toMatchObject([{ value: 9 }])
  })

  it('x-cordon-first-seen: silent while learning, then once per new value', () => {
    const { feed } = build(
      correlation(
        'type: x-cordon-first-seen\nrules: [login]\ngroup-by: [user, host]\nx-cordon-scope: [user]\nx-cordon-learning: 1h\ntimespan: 1d',
      ),
    )
    const login = (host: string) => ({ kind: 'login', user: 'a', host })
    expect(
      feed([
        [0, login('h1')],
        [60, login('h2')],
      ]),
    ).toEqual([])
    expect(
      feed([
        [4000, login('h1')],
        [4001, login('h3')],
        [4002, login('h3')],
      ]),
    ).toMatchObject([{ group: { user: 'a', host: 'h3' } }])
    expect(feed([[4001 + 2 * 86_400, login('h3')]])).toHaveLength(1)
  })

  it('chains: a correlation over a correlation', () => {
    const chain = [
      correlation('type: event_count\nrules: [failed]\ngroup-by: [user]\ntimespan: 1m\ncondition: { gte: 2 }', 'many'),
      correlation('type: temporal_ordered\nrules: [many, login]\ngroup-by: [user]\ntimespan: 5m', 'broken-in'),
    ].join('---\n')
    const { feed } = build(chain)
    const found = feed([
      [0, failed('a')],
      [1, failed('a')],
      [60, { kind: 'login', user: 'a' }],
    ])
    expect(found.map((one) => one.title)).toEqual(['many', 'broken-in'])
  })
})

describe('correlator state', () => {
  const counting = correlation(
    'type: event_count\nrules: [failed]\ngroup-by: [user]\ntimespan: 1m\ncondition: { gte: 3 }',
  )

  it('goes on after snapshot and restore; nonsense leaves it empty', () => {
    const { feed, restart, stats, restore } = build(counting)
    feed([
      [0, failed('a')],
      [1, failed('a')],
    ])
    restart()
    expect(feed([[2, failed('a')]])).toHaveLength(1)
    for (const nonsense of [
      null,
      7,
      'x',
      { version: 2 },
      { version: 1, groups: 'none' },
      { version: 1, groups: [['a', 7]] },
    ]) {
      restore(nonsense)
      expect(stats().groups).toBe(0)
    }
  })

  it('stays in bounds however many groups and events come', () => {
    const { feed, stats } = build(counting, { groups: 50, entries: 10 })
    for (let i = 0; i < 2000; i++)
      feed([
        [i / 1000, failed(`u${i % 300}`)],
        [i / 1000, failed('hot')],
      ])
    expect(stats().groups).toBeLessThanOrEqual(50)
    expect(stats().entries).toBeLessThanOrEqual(500)
    const small = build(counting, { total: 100 })
    for (let i = 0; i < 1000; i++) small.feed([[i / 1000, failed(`u${i % 20}`)]])
    expect(small.stats().entries).toBeLessThanOrEqual(100)
    expect(small.stats().groups).toBeGreaterThan(0)
  })

  it('counts a repeated event once, and refuses correlations that make no sense', () => {
    const bad = (body: string) => parseRules(correlation(body), { file: 't' }).errors[0]?.message
    expect(bad('type: sum\nrules: [a]\ntimespan: 1m')).toContain('not one of')
    expect(bad('type: event_count\nrules: [a]\ntimespan: soon\ncondition: { gte: 1 }')).toContain('timespan')
    expect(bad('type: value_count\nrules: [a]\ntimespan: 1m\ncondition: { gte: 1 }')).toContain('condition.field')
    expect(bad('type: event_count\nrules: [a]\ntimespan: 1m\ncondition: a and b')).toContain('temporal types only')
  })
})
