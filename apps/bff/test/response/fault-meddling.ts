import type { Run } from './fault-harness.ts'
import { asAdmin, clusterName, merge, startPod } from './fault-world.ts'
import { isPolicyOf, markers } from '@cordon/response'

export interface Foreign {
  path: string
  name: string
  spec: unknown
  labels: unknown
}

/** Policies of other people; some dress up as ours. */
export async function foreignPolicies({ lab, namespace, random }: Run): Promise<Foreign[]> {
  const base = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`
  const allow = (podSelector: object) => ({
    podSelector,
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{}],
    egress: [{}],
  })
  const wanted = [
    ...(random() < 0.4 ? [{ name: 'allow-victim', spec: allow({ matchLabels: { app: 'victim' } }), labels: {} }] : []),
    ...(random() < 0.15 ? [{ name: 'allow-all', spec: allow({}), labels: {} }] : []),
    ...(random() < 0.3
      ? [
          {
            name: 'cordon-isolation-copy',
            spec: allow({ matchLabels: { app: 'other' } }),
            labels: { [markers.managedBy]: markers.managedByValue, [markers.action]: 'act-someone' },
          },
        ]
      : []),
  ]
  const out: Foreign[] = []
  for (const { name, spec, labels } of wanted) {
    const made = await asAdmin(lab)('POST', base, { metadata: { name, labels }, spec })
    out.push({ path: `${base}/${name}`, name, spec: made.body.spec, labels: made.body.metadata.labels })
  }
  return out
}

/** Someone else acts at this very moment. */
export async function meddle(
  { lab, namespace }: Run,
  pick: <T>(...of: T[]) => T,
  act: { id: string },
  expected: Record<string, string>,
): Promise<void> {
  const admin = asAdmin(lab)
  const { api } = lab.cluster(clusterName)
  const podPath = `/api/v1/namespaces/${namespace}/pods/victim`
  const ours = ['networking.k8s.io/v1/networkpolicies', 'cilium.io/v2/ciliumnetworkpolicies'].flatMap((p) => {
    const [group = '', version = '', resource = ''] = p.split('/')
    return api
      .list(group, resource, namespace)
      .filter((o) => isPolicyOf(o, act.id))
      .map((o) => `/apis/${group}/${version}/namespaces/${namespace}/${resource}/${o.metadata.name}`)
  })
  switch (pick('replace', 'delete-pod', 'label', 'edit', 'delete-policy', 'strip')) {
    case 'replace':
      await admin('DELETE', podPath, { gracePeriodSeconds: 0 })
      await startPod(lab, namespace, 'victim', { app: 'victim', successor: 'yes' })
      return
    case 'delete-pod':
      await admin('DELETE', podPath, { gracePeriodSeconds: 0 })
      return
    case 'label':
      if ((await admin('PATCH', podPath, { metadata: { labels: { note: 'mine', tier: 'b' } } }, merge)).status === 200)
        Object.assign(expected, { note: 'mine', tier: 'b' })
      return
    case 'edit':
      for (const p of ours)
        await admin('PATCH', p, { spec: p.includes('cilium') ? { ingressDeny: null } : { egress: [{}] } }, merge)
      return
    case 'delete-policy':
      for (const p of ours) await admin('DELETE', p)
      return
    case 'strip':
      await admin(
        'PATCH',
        podPath,
        { metadata: { labels: { [markers.isolation]: null, [markers.restriction]: null } } },
        merge,
      )
  }
}
