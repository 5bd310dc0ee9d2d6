import { describe, expect, test } from 'vitest'
import { connect, isolationVerdict, viewWorld } from '../src/index.ts'
import type { OpenPath, WorldPod } from '../src/index.ts'
import { tierWorld } from './random-tiers.ts'
import type { TierWorld } from './random-tiers.ts'
import { dice, networkWorld, randomPod } from './random-world.ts'
import { bitsOf, boundaryBits, inBlock, Reference, textOf } from './reference.ts'
import type { Cell } from './reference.ts'

const PORTS = [52, 53, 79, 80, 81, 443, 800, 5432, 8080, 9090, 65535]

interface Tally {
  connections: number
  allowed: number
  isolated: number
  openCells: number
  wrong: string[]
}

/** Outside addresses: the edges of every block the policies name, and their neighbours. */
function outsideOf(made: TierWorld): string[] {
  const blocks = JSON.stringify(made.world.policies).match(/"[0-9a-f.:]+\/\d+"/g) ?? []
  const bits = blocks.flatMap((block) => boundaryBits(block.slice(1, -1)))
  const taken = new Set(new Reference(made.world, made.meanings, [], [1]).universe.map((cell) => cell.bits))
  const sample = [...new Set([...bits, ...boundaryBits('192.0.2.0/24'), ...boundaryBits('2001:db8:ffff::/48')])]
  // Loopback and pod addresses are not outside.
  return sample
    .filter((one) => !taken.has(one) && !one.startsWith('4:01111111') && !/^6:0{127}1$/.test(one))
    .slice(0, 24)
}

function inRange(bits: string, range: string): boolean {
  const [low = '', high] = range.split('-')
  if (high === undefined) return boundaryBits(low)[0]?.[0] === bits[0] && inBlock(bits, low)
  return bits[0] === bitsOf(low)[0] && bits >= bitsOf(low) && bits <= bitsOf(high)
}

function lists(paths: OpenPath[], direction: string, cell: Cell): boolean {
  return paths.some((path) => {
    if (path.direction !== direction) return false
    if (path.kind === 'everyone') return true
    const named = path.pods.some((pod) => pod.pod === cell.pod?.name && pod.namespace === cell.pod.namespace)
    const kind = cell.pod === null ? path.ranges.some((range) => inRange(cell.bits, range)) : named
    const ports = path.ports.some((text) => {
      const [protocol, span = ''] = text.split(' ')
      const [low, high] = span.split('-')
      const inside = span === 'all' || (cell.port >= Number(low) && cell.port <= Number(high ?? low))
      return text === 'all ports' || (protocol === cell.protocol && inside)
    })
    return kind && ports
  })
}

function judge(made: TierWorld, seed: number, tally: Tally): void {
  const { world } = made
  const roll = dice(seed + 7_000_000)
  const reference = new Reference(world, made.meanings, outsideOf(made), PORTS)
  const view = viewWorld(world)
  const self = roll.pick(world.pods.filter((pod) => !pod.hostNetwork))
  const open = { ingress: reference.open(self, 'ingress'), egress: reference.open(self, 'egress') }
  const far = new Map<WorldPod, Record<string, boolean[]>>()
  for (let round = 0; round < 24; round += 1) {
    const direction = roll.pick(['ingress', 'egress'] as const)
    const index = roll.below(reference.universe.length)
    const cell = reference.universe[index] as Cell
    if (reference.vague(cell)) continue
    const expected = both(reference, far, { self, direction, cell, near: open[direction] })
    if (expected === null) continue
    const peer = cell.pod ? { namespace: cell.pod.namespace, pod: cell.pod.name } : { ip: textOf(cell.bits) }
    const query = { port: cell.port, protocol: cell.protocol as 'TCP' }
    const own = { namespace: self.namespace, name: self.name }
    const verdict = direction === 'egress' ? connect(view, own, peer, query) : connect(view, peer, own, query)
    tally.connections += 1
    tally.allowed += verdict.allowed ? 1 : 0
    if (verdict.allowed !== expected) {
      tally.wrong.push(
        `seed ${seed}: ${direction} ${self.name} ${JSON.stringify(peer)} ${cell.protocol}/${cell.port} expected ${expected}`,
      )
    }
  }
  checkPaths(made, reference, { self, open, seed }, tally)
}

/** Both ends of a pod-to-pod connection over any address family they share; null when they share none. */
function both(
  reference: Reference,
  far: Map<WorldPod, Record<string, boolean[]>>,
  ask: { self: WorldPod; direction: 'ingress' | 'egress'; cell: Cell; near: boolean[] },
): boolean | null {
  const { self, direction, cell } = ask
  const family = (bits: string) => bits.slice(0, 1)
  const same = (other: Cell, pod: WorldPod | null) =>
    other.pod === pod && other.port === cell.port && other.protocol === cell.protocol
  const cells = reference.universe.map((other, index) => ({ other, index }))
  if (cell.pod === null) return ask.near[reference.universe.indexOf(cell)] ?? false
  if (cell.pod === self) return true
  const tables = far.get(cell.pod) ?? {
    ingress: reference.open(cell.pod, 'ingress'),
    egress: reference.open(cell.pod, 'egress'),
  }
  far.set(cell.pod, tables)
  const theirs = cells.filter(({ other }) => same(other, cell.pod))
  const ours = cells.filter(({ other }) => same(other, self))
  const pairs = theirs.flatMap((there) => ours.map((here) => ({ there, here })))
  const shared = pairs.filter(({ there, here }) => family(there.other.bits) === family(here.other.bits))
  if (shared.length === 0) return null
  // A node's own pods are always reached, whatever their policies say of this address.
  const back = tables[direction === 'ingress' ? 'egress' : 'ingress'] ?? []
  return shared.some(({ there, here }) => ask.near[there.index] && back[here.index])
}

function checkPaths(
  made: TierWorld,
  reference: Reference,
  found: { self: WorldPod; open: Record<'ingress' | 'egress', boolean[]>; seed: number },
  tally: Tally,
): void {
  const { self, open, seed } = found
  const verdict = isolationVerdict(made.world, self)
  tally.isolated += verdict.isolated ? 1 : 0
  if (verdict.isolated !== (verdict.partly.length === 0)) tally.wrong.push(`seed ${seed}: isolated and partly disagree`)
  if (verdict.isolated) checkNewcomers(made, self, seed, tally)
  for (const direction of ['ingress', 'egress'] as const) {
    for (const [index, cell] of reference.universe.entries()) {
      const exempt =
        cell.pod === self || (direction === 'ingress' && cell.pod?.hostNetwork && cell.pod.node === self.node)
      // A dual-stack pod is listed when either address is open, so a single address proves nothing about it.
      const exact = cell.pod === null || (!cell.pod.ips && !self.ips && !cell.pod.hostNetwork)
      if (!open[direction][index] && !exempt && exact && lists(verdict.partly, direction, cell)) {
        tally.wrong.push(
          `seed ${seed}: ${direction} ${textOf(cell.bits)} ${cell.protocol}/${cell.port} is listed, but closed`,
        )
      }
      if (!open[direction][index] || exempt) continue
      tally.openCells += 1
      if (verdict.isolated)
        tally.wrong.push(`seed ${seed}: isolated, but ${direction} ${textOf(cell.bits)} ${cell.protocol}/${cell.port}`)
      else if (!cell.pod?.hostNetwork && !lists(verdict.partly, direction, cell)) {
        tally.wrong.push(
          `seed ${seed}: ${direction} ${textOf(cell.bits)} ${cell.protocol}/${cell.port} of ${self.name} is not listed`,
        )
      }
    }
  }
}

/** A pod called isolated must stay so when pods come that did not exist, in namespaces new and old. */
function checkNewcomers(made: TierWorld, self: WorldPod, seed: number, tally: Tally): void {
  const roll = dice(seed + 9_000_000)
  const namespaces = [
    ...made.world.namespaces,
    { name: 'new', labels: { 'kubernetes.io/metadata.name': 'new', team: 'one' } },
  ]
  const pods = Array.from({ length: 8 }, (_, index) => {
    const pod = randomPod(roll, 10 + (index % 2))
    return { ...pod, name: `new${index}`, ...(index % 3 === 0 ? { namespace: 'new' } : {}) }
  })
  const world = { ...made.world, namespaces, pods: [self, ...pods] }
  const reference = new Reference(world, made.meanings, [], PORTS)
  for (const direction of ['ingress', 'egress'] as const) {
    const open = reference.open(self, direction)
    const hole = reference.universe.find((cell, index) => open[index] && cell.pod !== self)
    if (hole)
      tally.wrong.push(`seed ${seed}: isolated, but ${direction} opens to a new pod ${JSON.stringify(hole.pod)}`)
  }
}

function run(count: number, make: (seed: number) => TierWorld): Tally {
  const tally: Tally = { connections: 0, allowed: 0, isolated: 0, openCells: 0, wrong: [] }
  for (let seed = 1; seed <= count && tally.wrong.length < 5; seed += 1) judge(make(seed), seed, tally)
  return tally
}

describe('an independent reference agrees', () => {
  test('on plain NetworkPolicies', { timeout: 60_000 }, () => {
    const tally = run(5000, (seed) => ({ world: networkWorld(seed), meanings: new Map() }))
    expect(tally.wrong).toEqual([])
    expect(tally.isolated).toBeGreaterThan(300)
    expect(tally.allowed).toBeGreaterThan(tally.connections / 5)
    expect(tally.allowed).toBeLessThan((tally.connections * 4) / 5)
  })

  test('on the deny tiers', { timeout: 60_000 }, () => {
    const tally = run(2000, tierWorld)
    expect(tally.wrong).toEqual([])
    expect(tally.isolated).toBeGreaterThan(40)
    expect(tally.allowed).toBeGreaterThan(tally.connections / 5)
    expect(tally.allowed).toBeLessThan((tally.connections * 4) / 5)
  })
})
