import { describe, expect, it } from 'vitest'
import { compile, LazyMembers, parseRules } from '../src/index.ts'

const rule = (name: string, extra = '', detection = 'sel: { a: x }\n  condition: sel') =>
  `title: ${name}\nname: ${name}\n${extra}logsource: { product: test }\ndetection:\n  ${detection}\n`

describe('documents', () => {
  it('names bad rules by line and loads the rest', () => {
    const text = [
      rule('good'),
      'title: no source\ndetection: { sel: { a: x }, condition: sel }\n',
      rule('modifier', '', 'sel:\n    a|contians: x\n  condition: sel'),
      rule('condition', '', 'sel: { a: x }\n  condition: sel and other'),
      rule('aggregation', '', 'sel: { a: x }\n  condition: sel | count() > 5'),
      'title: not yaml\n  bad: [\n',
      rule('look-ahead', '', 'sel: { a|re: "(?=a)b" }\n  condition: sel'),
      rule('nowhere', '', 'sel: { a|expand: "%nobody%" }\n  condition: sel'),
      rule('good too'),
    ].join('---\n')
    const set = parseRules(text, { file: 'my.yml' })
    const engine = compile(set)
    const problems = [...set.errors, ...engine.errors].map(
      ({ line, rule: name, message }) => `${line} ${name}: ${message}`,
    )
    expect(engine.rules.map((one) => one.title)).toEqual(['good', 'good too'])
    expect(problems).toEqual([
      expect.stringMatching(/^8 no source: logsource is missing/),
      expect.stringMatching(/^16 modifier: unknown modifier "contians"/),
      expect.stringMatching(/^24 condition: condition uses "other"/),
      expect.stringMatching(/^31 aggregation: aggregation after "\|"/),
      expect.stringMatching(/^33 not yaml: not valid YAML/),
      expect.stringMatching(/^36 look-ahead: regular expression cannot run in linear time/),
      expect.stringMatching(/^43 nowhere: placeholder "%nobody%" is not defined/),
    ])
    expect(set.errors.every((problem) => problem.file === 'my.yml')).toBe(true)
  })

  it('hands members of a global document to the following ones', () => {
    const text = `action: global\nlogsource: { product: test }\ntags: [attack.t1000]\n---\ntitle: a\ndetection: { sel: { a: x }, condition: sel }\n---\naction: reset\n---\ntitle: b\ndetection: { sel: { a: x }, condition: sel }\n`
    const set = parseRules(text, { file: 't' })
    expect(set.rules.map((one) => [one.title, one.tags])).toEqual([['a', ['attack.t1000']]])
    expect(set.errors.map((problem) => problem.rule)).toEqual(['b'])
  })

  it('applies filters to the rules they name', () => {
    const filter = `title: f\nlogsource: { product: test }\nfilter:\n  rules: [one]\n  known: { user: admin }\n  condition: not known\n`
    const engine = compile(parseRules([rule('one'), rule('two'), filter].join('---\n'), { file: 't' }))
    const titles = (event: unknown) => engine.match({ product: 'test' }, event).map((match) => match.rule.title)
    expect(titles({ a: 'x', user: 'admin' })).toEqual(['two'])
    expect(titles({ a: 'x', user: 'eve' })).toEqual(['one', 'two'])
  })

  it('routes by log source and maps fields', () => {
    const text = rule('one')
      .replace('{ product: test }', '{ product: linux, category: process_creation }')
      .replace('a: x', 'CommandLine|contains: x')
    const engine = compile(parseRules(text, { file: 't' }), {
      fieldMapping: [
        {
          logsource: { product: 'linux', category: 'process_creation' },
          fields: { CommandLine: ['process.line', 'cmd'] },
        },
      ],
      logsources: [{ product: 'windows' }],
    })
    expect(engine.match({ product: 'linux', category: 'process_creation' }, { process: { line: 'axb' } })).toHaveLength(
      1,
    )
    expect(engine.match({ product: 'linux', category: 'process_creation' }, { cmd: 'axb' })).toHaveLength(1)
    expect(engine.match({ product: 'linux', category: 'file_event' }, { cmd: 'axb' })).toHaveLength(0)
    expect(engine.unrouted.map((one) => one.title)).toEqual(['one'])
  })

  it('evaluates few of many rules', () => {
    const many = Array.from({ length: 1000 }, (_, i) =>
      rule(`r${i}`, '', `sel: { verb: create, resource: thing${i} }\n  condition: sel`),
    ).join('---\n')
    const engine = compile(parseRules(many, { file: 't' }))
    for (let i = 0; i < 100; i++) engine.match({ product: 'test' }, { verb: 'create', resource: `thing${i}` })
    expect(engine.stats()).toMatchObject({ rules: 1000, events: 100, evaluations: 100, matches: 100 })
  })

  it('works out parts of an event only for rules whose texts are there', () => {
    let asked = 0
    class Facts extends LazyMembers {
      get lazyNames() {
        return new Set(['script'])
      }
      get script() {
        asked++
        return 'run x'
      }
      get hidden() {
        return 'run x'
      }
    }
    const engine = compile(
      parseRules(
        [
          rule('one', '', 'sel: { facts.script|contains: X }\n  condition: sel'),
          rule('two', '', 'sel: { facts.hidden|contains: x }\n  condition: sel'),
        ].join('---\n'),
        { file: 't' },
      ),
      {
        fieldMapping: [
          { logsource: { product: 'test' }, fields: {}, partOf: { 'facts.script': 'line' }, common: { line: ['y'] } },
        ],
      },
    )
    const titles = (line: string) =>
      engine.match({ product: 'test' }, { line, facts: new Facts() }).map((match) => match.rule.title)
    expect(titles('sh -c run y')).toEqual([])
    expect(asked).toBe(0)
    expect(titles('sh -c run X')).toEqual(['one'])
    expect(asked).toBe(1)
  })

  it('survives bombs: aliases, depth, prototype names, catastrophic patterns', () => {
    const bomb =
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n` +
      'bcdefghij'
        .split('')
        .map((c, i) => `${c}: &${c} [${`*${'abcdefghi'[i]},`.repeat(10)}]`)
        .join('\n')
    expect(parseRules(bomb, { file: 't' }).errors).toHaveLength(1)
    expect(
      parseRules(rule('deep', '', `sel: { a: ${'['.repeat(60)}x${']'.repeat(60)} }\n  condition: sel`), { file: 't' })
        .errors[0]?.message,
    ).toContain('nested')
    const proto = compile(
      parseRules(rule('p', '', 'sel: { "constructor.name": Object }\n  condition: sel'), { file: 't' }),
    )
    expect(proto.match({ product: 'test' }, { a: 1 })).toHaveLength(0)
    const slow = compile(
      parseRules(
        rule('slow', '', 'sel: { a|re: "^(a+)+$" }\n  condition: sel') +
          '---\n' +
          rule('glob', '', `sel: { a: "${'*a'.repeat(30)}*b" }\n  condition: sel`),
        { file: 't' },
      ),
    )
    // Would run for ages in a backtracking engine; the test's own time limit is the assertion.
    expect(slow.match({ product: 'test' }, { a: `${'a'.repeat(100_000)}!` })).toHaveLength(0)
  })
})
