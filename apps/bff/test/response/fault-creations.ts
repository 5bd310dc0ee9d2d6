import type { Lab } from '@cordon/lab'
import { clusterName } from './fault-world.ts'

/** How often each policy came, and how often it went by itself: the cluster collects what a deleted pod owned. */
export function countCreations(lab: Lab) {
  const { api } = lab.cluster(clusterName)
  const names = new Map<string, { made: number; gone: number }>()
  const stops = [
    ['networking.k8s.io', 'networkpolicies'],
    ['cilium.io', 'ciliumnetworkpolicies'],
  ].map(([group = '', resource = '']) =>
    api.watch(group, resource, ({ type, object }) => {
      const count = names.get(object.metadata.name) ?? { made: 0, gone: 0 }
      if (type === 'ADDED') count.made++
      if (type === 'DELETED') count.gone++
      names.set(object.metadata.name, count)
    }),
  )
  return {
    of: (id: string) => [...names].filter(([name]) => name.endsWith(id)),
    stop: () => {
      for (const stop of stops) stop()
    },
  }
}
