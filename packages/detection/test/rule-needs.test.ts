import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  abilitiesOf,
  createDetector,
  emptyPack,
  loadPack,
  readinessOf,
  ruleNeeds,
  withRuleFolders,
} from '../src/index.ts'
import { caseEvent } from '../src/case-event.ts'
import { casesFile, runCases } from '../src/run-cases.ts'

const pack = loadPack()
const readiness = (id: string, ...seen: string[]) => {
  const rule = pack.rules.find((one) => one.id === id)!
  return readinessOf(ruleNeeds(rule, pack), new Set(seen))
}

describe('what rules need', () => {
  it.each([
    ['privileged-container', ['audit', 'body:pods'], 'works'],
    ['privileged-container', ['audit', 'no-body:pods'], 'blind'],
    ['privileged-container', ['audit', 'body:pods', 'no-body:jobs'], 'partly'],
    ['privileged-container', ['audit'], 'unproven'],
    ['privileged-container', ['process'], 'blind'],
    ['exposed-redis', ['audit', 'body:pods', 'no-body:services'], 'blind'],
    ['events-deleted', ['audit', 'no-body:pods'], 'works'],
    ['secret-enumeration', ['audit'], 'works'],
    ['suspicious-exec-command', ['audit', 'whole-request'], 'works'],
    ['suspicious-exec-command', ['audit', 'no-whole-request'], 'blind'],
    ['binary-drift', ['process', 'no-drift'], 'blind'],
    ['binary-drift', ['process', 'drift'], 'works'],
    ['binary-drift', ['process', 'no-drift', 'activity', 'sensor-alert'], 'works'],
    ['web-shell-activity', ['audit'], 'blind'],
    ['web-shell-activity', ['process'], 'works'],
  ])('%s with %j: %s', (id, seen, state) => expect(readiness(id, ...seen).state).toBe(state))

  it('a rule of reputation data is blind until its list has entries of one’s own', () => {
    expect(readiness('threat-address-request', 'audit')).toMatchObject({
      state: 'blind',
      missing: [expect.stringContaining('threat-addresses')],
    })
    const own = { ...pack, lists: { ...pack.lists, 'threat-addresses': ['192.0.2.66', '203.0.113.7'] } }
    const rule = pack.rules.find(({ id }) => id === 'threat-address-request')!
    expect(readinessOf(ruleNeeds(rule, own), new Set(['audit'])).state).toBe('works')
  })

  it('are named in words', () => {
    expect(readiness('exposed-redis', 'audit', 'no-body:services').missing).toEqual([
      'No bodies of services (audit level Request or RequestResponse)',
    ])
  })

  it('are read from the events themselves', () => {
    const write = (raw: object) =>
      caseEvent({ type: 'audit', raw: { stage: 'ResponseComplete', verb: 'create', ...raw } }, 0)
    const objectRef = { resource: 'pods' }
    expect(abilitiesOf(write({ objectRef, requestObject: { kind: 'Pod' } }))).toEqual([
      'audit',
      'whole-request',
      'body:pods',
    ])
    expect(abilitiesOf(write({ objectRef }))).toEqual(['audit', 'whole-request', 'no-body:pods'])
    expect(abilitiesOf(write({ objectRef, requestObject: 'skipped-too-big-size-object' }))).toEqual([
      'audit',
      'whole-request',
      'no-body:pods',
    ])
    expect(abilitiesOf(write({ objectRef, responseStatus: { code: 403 } }))).toEqual(['audit', 'whole-request'])
  })
})

const good = `title: Mine
name: mine
logsource: { product: linux, category: process_creation }
detection: { sel: { Image|endswith: /mine }, condition: sel }
level: high
`

describe('rule folders', () => {
  const dir = mkdtempSync(join(tmpdir(), 'cordon-rules-'))
  mkdirSync(join(dir, 'team', 'mine'), { recursive: true })
  mkdirSync(join(dir, '..data'))
  writeFileSync(join(dir, '..data', 'linked.yml'), good.replaceAll('mine', 'linked').replace('Mine', 'Linked'))
  symlinkSync(join(dir, '..data', 'linked.yml'), join(dir, 'linked.yml'))
  writeFileSync(join(dir, 'team', 'mine', 'rule.yml'), good)
  writeFileSync(join(dir, 'bad.yml'), `${good.replaceAll('mine', 'bad').replace('sel }', 'nothing }')}`)
  writeFileSync(join(dir, 'lists.yml'), 'system-identities: [system:serviceaccount:ci:runner]\n')
  const event = (exe: string) => ({ type: 'process', process: { exe } })
  const cases = (positive: string, negative: string) =>
    `positive: [{ name: p, events: [${JSON.stringify(event(positive))}] }]\nnegative: [{ name: n, events: [${JSON.stringify(event(negative))}] }]\n`

  it('load beside the pack, follow mounted ConfigMaps, and name what is refused with its line', () => {
    const all = withRuleFolders(pack, [dir, join(dir, 'nowhere')])
    expect(all.rules.filter((rule) => rule.source === 'custom').map((rule) => rule.id)).toEqual(['linked', 'mine'])
    expect(all.lists['system-identities']).toContain('system:serviceaccount:ci:runner')
    expect(all.lists['system-identities']?.length).toBeGreaterThan(1)
    expect(all.problems.map(({ file, line, rule }) => [file, line, rule])).toEqual([
      [join(dir, 'bad.yml'), 4, 'Mine'],
      [join(dir, 'nowhere'), 1, ''],
    ])
    expect(
      createDetector({ rules: all })
        .process(caseEvent(event('/tmp/mine'), 0))
        .map((m) => m.ruleId),
    ).toContain('mine')
    // The pack itself is as it was.
    expect(pack.rules.some((rule) => rule.source === 'custom')).toBe(false)
  })

  it('run their own cases and name those that do not hold', () => {
    const file = join(dir, 'team', 'mine', 'cases.yml')
    const run = () => runCases(withRuleFolders(emptyPack(), [join(dir, 'team')]), (rule) => casesFile(rule, ''))
    writeFileSync(file, cases('/x/mine', '/x/other'))
    expect(run().map(({ failure }) => failure)).toEqual([undefined, undefined])
    writeFileSync(file, cases('/x/other', '/x/mine'))
    expect(run().map(({ failure }) => failure)).toEqual(['must fire, and did not', 'must stay quiet, and fired'])
  })
})

it('tells what each rule did and cost, errors included', () => {
  const detector = createDetector({ rules: withRuleFolders(emptyPack(), [mkdtempSync(join(tmpdir(), 'none-'))]) })
  expect(detector.uses().size).toBe(0)
  const own = createDetector({ rules: pack })
  for (let i = 0; i < 640; i++)
    own.process(
      caseEvent({ type: 'process', process: { exe: '/usr/bin/nmap', commandLine: 'nmap -sS 10.0.0.0/24' } }, i),
    )
  const use = own.uses().get('network-scanning-tool')
  expect(use).toMatchObject({ evaluations: 640, errors: 0 })
  expect(use?.matches).toBe(640)
  expect(use?.microseconds).toBeGreaterThan(0)
})
