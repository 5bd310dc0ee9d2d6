import { canConnect, connect, isolationVerdict, viewWorld } from '../src/index.ts'
import type { World } from '../src/index.ts'
import { dice, networkPolicy, randomPod } from '../test/random-world.ts'
import { Reference } from '../test/reference.ts'

/** 200 pods under 50 policies, seeded. */
function largeWorld(): World {
  const roll = dice(42)
  const namespaces = ['red', 'blue', 'green'].map((name) => ({
    name,
    labels: { 'kubernetes.io/metadata.name': name, team: 'one' },
  }))
  const pods = Array.from({ length: 200 }, (_, index) => {
    const ip = `10.244.${1 + (index % 4)}.${1 + Math.floor(index / 4)}`
    const { ips: _ips, ...pod } = randomPod(roll, 0)
    return { ...pod, name: `p${index}`, ip }
  })
  const policies = Array.from({ length: 50 }, (_, index) => networkPolicy(roll, `np${index}`))
  return { namespaces, pods, policies }
}

function rate(milliseconds: number, work: (round: number) => void): number {
  const start = performance.now()
  let rounds = 0
  while (performance.now() - start < milliseconds) {
    for (let batch = 0; batch < 20; batch += 1) work(rounds++)
  }
  return Math.round((rounds * 1000) / (performance.now() - start))
}

/** Verdicts per second for a snapshot read once, for a world read on every question, and for the naive reference. */
export async function bench(): Promise<Record<string, number | string>> {
  const world = largeWorld()
  const view = viewWorld(world)
  const pair = (round: number) => [world.pods[(round * 7) % 200]!, world.pods[(round * 13 + 5) % 200]!] as const
  const query = (round: number) => ({ port: [80, 443, 8080, 9090][round % 4] ?? 80, protocol: 'TCP' as const })
  const snapshot = rate(800, (round) => void connect(view, ...pair(round), query(round)))
  const single = rate(800, (round) => void canConnect(world, ...pair(round), query(round)))
  const naive = rate(800, (round) => {
    const [from, to] = pair(round)
    const pods = from === to ? [from] : [from, to]
    const reference = new Reference({ ...world, pods }, new Map(), [], [query(round).port])
    reference.open(from, 'egress')
    reference.open(to, 'ingress')
  })
  const isolation = rate(800, (round) => void isolationVerdict(world, pair(round)[0]))
  return {
    'verdicts/s, snapshot': snapshot,
    'verdicts/s, world read each time': single,
    'verdicts/s, naive reference': naive,
    'snapshot against reference': `${(snapshot / naive).toFixed(1)}x`,
    'isolation verdicts/s': isolation,
  }
}
