import type { KubeObject } from '../ports.ts'
import { ownerReferenceTo } from './owned-pods.ts'

export interface PodFromTemplate {
  owner: KubeObject
  template: { metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }; spec: object }
  name?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  spec?: object
}

/** The pod a controller posts for one replica: the template, our ownership and either a name or a name prefix. */
export function podFromTemplate(pod: PodFromTemplate) {
  const labels = { ...pod.template.metadata?.labels, ...pod.labels }
  const annotations = { ...pod.template.metadata?.annotations, ...pod.annotations }
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      ...(pod.name ? { name: pod.name } : { generateName: `${pod.owner.metadata.name}-` }),
      namespace: pod.owner.metadata.namespace,
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      ...(pod.finalizers ? { finalizers: pod.finalizers } : {}),
      ownerReferences: [ownerReferenceTo(pod.owner)],
    },
    spec: { ...structuredClone(pod.template.spec), ...pod.spec },
    status: {},
  }
}
