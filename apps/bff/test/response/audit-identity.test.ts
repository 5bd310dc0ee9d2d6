import { consoleClusterRole } from '@cordon/response'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { responseLab, type ResponseLab } from './response-lab.ts'

const cluster = 'aks-prod'
let lab: ResponseLab
beforeAll(async () => {
  lab = await responseLab({ role: consoleClusterRole({ probe: true, evict: true, impersonate: true }) })
  lab.runner()
})
afterAll(() => lab?.close())

it('acts as the person only where that person may do it too; else says on whose behalf', async () => {
  const first = lab.pod(cluster, 'shop', 'catalog')
  const without = await lab.request({ cluster, namespace: 'shop', ...first }, { type: 'isolate-pod' })
  expect(await lab.until(without.id, ['verified', 'failed'])).toMatchObject({ state: 'verified', actsAs: 'annotation' })

  await lab.admin(cluster, 'POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'ada' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ada' }],
  })
  const second = lab.pod(cluster, 'shop', 'cart')
  const as = await lab.request({ cluster, namespace: 'shop', ...second }, { type: 'isolate-pod' })
  expect(await lab.until(as.id, ['verified', 'failed'])).toMatchObject({ state: 'verified', actsAs: 'impersonation' })
})
