import type { Finding } from '@cordon/contract'
import type { FilterField } from '@cordon/ui'
import type { ListShape } from '../../lists/list-state.ts'

export const findingKinds: Record<Finding['kind'], string> = {
  'unseen-action': 'Recorded, but not in the audit log',
  'unrecorded-act': 'In the audit log, but not recorded',
}
export const findingStates: Record<Finding['state'], string> = {
  open: 'Open',
  explained: 'Explained by a late event',
  closed: 'Closed',
}

export const findingShape: ListShape = {
  filters: { state: ['open'], kind: [], cluster: [] },
  sort: { key: 'found', dir: 'desc' },
  columns: [],
}

export function findingFields(clusters: readonly string[]): FilterField[] {
  const options = (labels: Record<string, string>) => Object.entries(labels).map(([value, label]) => ({ value, label }))
  return [
    { id: 'state', label: 'State', options: options(findingStates) },
    { id: 'kind', label: 'Kind', options: options(findingKinds) },
    { id: 'cluster', label: 'Cluster', options: clusters.map((value) => ({ value, label: value })) },
  ]
}
