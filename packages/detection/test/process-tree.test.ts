import type { ProcessEvent, ProcessFacts } from '@cordon/telemetry'
import { describe, expect, it } from 'vitest'
import { createDetector, loadPack } from '../src/index.ts'
import { ProcessTree } from '../src/process-tree.ts'

const start = Date.UTC(2026, 0, 1)

function facts(id: string, exe = '/bin/sh'): ProcessFacts {
  return { pid: 1, execId: id, exe, name: exe.slice(5), commandLine: `${exe} ${id}` }
}

function exec(container: string, id: string, parent?: string): ProcessEvent {
  return {
    type: 'process',
    id: `${container}/${id}`,
    time: start,
    receivedAt: start,
    cluster: 'c',
    source: 'tetragon',
    node: 'n',
    process: facts(id),
    ancestors: [],
    ...(parent === undefined ? {} : { parent: facts(parent) }),
    container: { id: container },
  }
}

const names = (tree: ProcessTree, event: ProcessEvent) => tree.enter(event).ancestors.map((one) => one.execId)

describe('process tree', () => {
  it('continues the ancestors that a sensor doesn’t tell', () => {
    const tree = new ProcessTree()
    names(tree, exec('a', 'init'))
    names(tree, exec('a', 'shell', 'init'))
    names(tree, exec('a', 'script', 'shell'))
    expect(names(tree, exec('a', 'curl', 'script'))).toEqual(['script', 'shell', 'init'])
    expect(names(tree, exec('b', 'curl', 'script'))).toEqual(['script'])
  })

  it('a container that floods it forgets its own processes, and its ancestors last', () => {
    const tree = new ProcessTree({ perContainer: 8 })
    names(tree, exec('quiet', 'init'))
    names(tree, exec('loud', 'init'))
    names(tree, exec('loud', 'shell', 'init'))
    for (let i = 0; i < 1000; i++) names(tree, exec('loud', `id${i}`, 'shell'))
    expect(tree.size).toBeLessThanOrEqual(9)
    expect(names(tree, exec('loud', 'last', 'shell'))).toEqual(['shell', 'init'])
    expect(names(tree, exec('quiet', 'sh', 'init'))).toEqual(['init'])
  })

  it('cuts places down before it forgets any, and forgets those unused longest', () => {
    const tree = new ProcessTree({ places: 100, processes: 400, core: 2, perContainer: 10 })
    for (let c = 0; c < 100; c++)
      for (let i = 0; i < 10; i++) names(tree, exec(`c${c}`, `p${i}`, i === 0 ? undefined : `p${Math.min(i - 1, 1)}`))
    expect(tree.placeCount).toBe(100)
    expect(tree.size).toBeLessThanOrEqual(400)
    for (let c = 0; c < 100; c++) expect(names(tree, exec(`c${c}`, 'new', 'p1'))).toEqual(['p1', 'p0'])
    for (let c = 100; c < 350; c++) {
      names(tree, exec(`c${c}`, 'p0'))
      names(tree, exec('c7', `again${c}`, 'p1'))
    }
    expect(tree.placeCount).toBe(100)
    expect(names(tree, exec('c7', 'curl', 'p1'))).toEqual(['p1', 'p0'])
    expect(names(tree, exec('c8', 'curl', 'p1'))).toEqual(['p1'])
  })

  it('keeps no more than the beginning of a long command line, and one copy of what repeats', () => {
    const tree = new ProcessTree()
    const event = exec('a', 'shell')
    event.process.commandLine = `sh -c ${'x'.repeat(30_000)}`
    tree.enter(event)
    const [parent] = tree.enter({ ...exec('a', 'id'), parent: undefined, ancestors: [facts('shell')] }).ancestors
    expect(parent?.execId).toBe('shell')
    const state = JSON.stringify([...tree.snapshot()])
    expect(state.length).toBeLessThan(1000)
  })

  it('goes on after a restart, part by part, marks included', () => {
    const tree = new ProcessTree()
    for (let c = 0; c < 4500; c++) {
      names(tree, exec(`c${c}`, 'init'))
      names(tree, exec(`c${c}`, 'shell', 'init'))
    }
    const marked = exec('c3', 'cat', 'shell')
    tree.mark(marked, tree.enter(marked).ancestors, 'credential-file')
    tree.exit({ ...marked, type: 'process-exit' })
    const parts = [...tree.snapshot()].map((part) => JSON.parse(JSON.stringify(part)) as unknown)
    expect(parts).toHaveLength(5)
    const restored = new ProcessTree()
    for (const part of parts) restored.restore(part)
    expect(JSON.stringify([...restored.snapshot()])).toBe(JSON.stringify(parts))
    expect(restored.size).toBe(tree.size)
    expect(names(restored, exec('c4400', 'curl', 'shell'))).toEqual(['shell', 'init'])
    expect(restored.enter(exec('c3', 'env', 'shell')).recent).toEqual(['credential-file'])
  })

  it('new rules take over what older ones remembered', () => {
    const rules = loadPack()
    const first = createDetector({ rules })
    first.process(exec('a', 'init'))
    first.process(exec('a', 'shell', 'init'))
    const second = createDetector({ rules, predecessor: first })
    expect(second.stats()).toMatchObject({ processes: 2, places: 1 })
    expect(second.stats().groups).toBe(first.stats().groups)
  })
})
