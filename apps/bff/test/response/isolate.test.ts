import { markers } from '@cordon/response'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { responseLab, type ResponseLab } from './response-lab.ts'

let lab: ResponseLab
beforeAll(async () => {
  lab = await responseLab()
  lab.runner()
})
afterAll(() => lab?.close())

const cluster = 'aks-prod'

describe('isolate and release', () => {
  it('cuts the pod off, proves it by a probe, and leaves nothing behind after the release', async () => {
    const t0 = performance.now()
    const pod = lab.pod(cluster, 'shop', 'catalog')
    const peer = lab.pod(cluster, 'shop', 'storefront')
    const target = { cluster, namespace: 'shop', name: pod.name, uid: pod.uid }
    const reach = () => lab.connects(cluster, { namespace: 'shop', name: peer.name }, { host: pod.ip, port: 8080 })
    expect(await reach()).toBe(true)
    const isolation = await lab.request(target, { type: 'isolate-pod' })
    const done = await lab.until(isolation.id, ['verified', 'partly', 'not-verified', 'failed', 'broken'])
    console.log(performance.now() - t0, done.state, done.outcome, done.verification)
    expect(done).toMatchObject({ state: 'verified', verification: { newConnections: 'blocked', openPaths: [] } })
    expect(done.verification?.evidence.map((e) => [e.kind, e.result])).toContainEqual(['probe', 'passed'])
    expect(await reach()).toBe(false)

    const release = await lab.request(target, { type: 'release-pod' })
    console.log((await lab.until(release.id, ['verified', 'failed', 'not-verified', 'gone'])).outcome)
    await lab.until(isolation.id, ['released'])
    await expect.poll(reach, { timeout: 5000 }).toBe(true)
    const labels = lab.lab.cluster(cluster).api.read('', 'pods', 'shop', pod.name)?.metadata.labels
    expect(labels).not.toHaveProperty(markers.isolation)
  })
})
