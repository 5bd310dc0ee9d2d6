import { actionLabels, actionStateLabels } from '@cordon/response'
import type { FilterField } from '@cordon/ui'
import { type ListShape, timeOptions } from '../../lists/list-state.ts'
import { sourceLabels } from './action-columns.tsx'

export const actionShape: ListShape = {
  filters: { type: [], state: [], source: [], cluster: [], namespace: [], requestedBy: [], incidentId: [], last: [] },
  sort: { key: 'requestedAt', dir: 'desc' },
  columns: [
    'requestedAt',
    'type',
    'target',
    'state',
    'cluster',
    'namespace',
    'requestedBy',
    'comment',
    'source',
    'incident',
  ],
}

export function actionFields(
  clusters: readonly string[],
  people: readonly { value: string; label: string }[],
): FilterField[] {
  const options = (labels: Record<string, string>) => Object.entries(labels).map(([value, label]) => ({ value, label }))
  return [
    { id: 'type', label: 'Action type', options: options(actionLabels) },
    { id: 'state', label: 'Status', options: options(actionStateLabels) },
    { id: 'source', label: 'Source', options: options(sourceLabels) },
    { id: 'cluster', label: 'Cluster', options: clusters.map((value) => ({ value, label: value })) },
    { id: 'namespace', label: 'Namespace' },
    { id: 'requestedBy', label: 'Requested by', options: people },
    { id: 'incidentId', label: 'Incident' },
    { id: 'last', label: 'Time', single: true, options: timeOptions },
  ]
}
