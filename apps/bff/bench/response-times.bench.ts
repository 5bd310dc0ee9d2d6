import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { readConfig } from '../src/config.ts'
import { openState } from '../src/open-state.ts'
import { responseLab } from '../test/response/response-lab.ts'

const rounds = Number(process.env.ROUNDS ?? 40)
const cluster = 'aks-prod'

/** From the confirmed request to applied, to verified and to drift found, on the lab's measured enforcement delays. */
export async function bench(): Promise<Record<string, number | string>> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'cordon-times-bench-'))
  const state = await openState(readConfig({ CORDON_LAB: 'off', CORDON_DATA_DIR: dataDir }), pino({ level: 'silent' }))
  const lab = await responseLab({ deps: state.deps, enforcementDelayMs: 454, connectTimeoutMs: 5_000 })
  const times: Record<'applied' | 'verified' | 'released' | 'drift found', number[]> = {
    applied: [],
    verified: [],
    released: [],
    'drift found': [],
  }
  let failures = 0
  try {
    lab.runner()
    lab.watch()
    for (let round = 0; round < rounds; round++) {
      const pod = lab.pod(cluster, 'shop', ['catalog', 'cart', 'orders'][round % 3] ?? 'catalog')
      const target = { cluster, namespace: 'shop', name: pod.name, uid: pod.uid }
      const asked = Date.now()
      const { id } = await lab.request(target, { type: 'isolate-pod' })
      const done = await lab.until(id, ['verified', 'partly', 'not-verified', 'failed', 'broken'], 60_000)
      if (done.state !== 'verified') failures++
      if (done.appliedAt) times.applied.push(Date.parse(done.appliedAt) - asked)
      if (done.verifiedAt) times.verified.push(Date.parse(done.verifiedAt) - asked)
      const spoilt = Date.now()
      await lab.admin(
        cluster,
        'DELETE',
        `/apis/cilium.io/v2/namespaces/shop/ciliumnetworkpolicies/cordon-isolation-${id}`,
      )
      await lab.until(id, ['broken'], 30_000)
      times['drift found'].push(Date.now() - spoilt)
      const undone = Date.now()
      const release = await lab.request(target, { type: 'release-pod' })
      await lab.until(release.id, ['verified', 'failed', 'not-verified'], 60_000)
      times.released.push(Date.now() - undone)
      await lab.until(id, ['released'])
    }
  } finally {
    await lab.close()
    await state.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
  const at = (list: number[], share: number) =>
    list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? 0
  return {
    rounds,
    'not verified': failures,
    ...Object.fromEntries(
      Object.entries(times).flatMap(([name, list]) =>
        [0.5, 0.95].map((p) => [`${name}, p${p * 100}, ms`, at(list, p)]),
      ),
    ),
  }
}
