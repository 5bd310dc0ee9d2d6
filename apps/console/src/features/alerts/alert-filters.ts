import type { FilterField } from '@cordon/ui'
import type { ListShape } from '../../lists/list-state.ts'
import { timeOptions } from '../../lists/list-state.ts'
import { tactics } from '../../signs/attack.ts'

export const alertShape: ListShape = {
  filters: {
    status: ['new', 'in-progress'],
    severity: [],
    category: [],
    cluster: [],
    namespace: [],
    ruleId: [],
    hidden: [],
    tuning: [],
    last: [],
  },
  sort: { key: 'lastActivity', dir: 'desc' },
  columns: ['title', 'severity', 'status', 'category', 'assets', 'cluster', 'namespace', 'lastActivity'],
}

export function alertFields(clusters: readonly string[]): FilterField[] {
  return [
    {
      id: 'status',
      label: 'Status',
      options: [
        { value: 'new', label: 'New' },
        { value: 'in-progress', label: 'In progress' },
        { value: 'resolved', label: 'Resolved' },
      ],
    },
    {
      id: 'severity',
      label: 'Severity',
      options: [
        { value: 'high', label: 'High' },
        { value: 'medium', label: 'Medium' },
        { value: 'low', label: 'Low' },
        { value: 'informational', label: 'Informational' },
      ],
    },
    { id: 'category', label: 'Category', options: tactics.map(([value, label]) => ({ value, label })) },
    { id: 'cluster', label: 'Cluster', options: clusters.map((value) => ({ value, label: value })) },
    { id: 'namespace', label: 'Namespace' },
    { id: 'ruleId', label: 'Rule' },
    {
      id: 'hidden',
      label: 'Hidden by tuning',
      single: true,
      options: [
        { value: 'only', label: 'Hidden only' },
        { value: 'any', label: 'Hidden too' },
      ],
    },
    { id: 'tuning', label: 'Tuning rule', single: true },
    { id: 'last', label: 'Time', single: true, options: timeOptions },
  ]
}
