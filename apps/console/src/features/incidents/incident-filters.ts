import type { Output } from '@cordon/contract'
import { classificationLabels, severityLabels, statusLabels } from '@cordon/incidents'
import type { FilterField, FilterOption } from '@cordon/ui'
import { type ListShape, timeOptions } from '../../lists/list-state.ts'
import { tacticLabel } from '../../signs/attack.ts'

export const incidentShape: ListShape = {
  filters: {
    status: ['new', 'in-progress'],
    severity: ['high', 'medium', 'low'],
    serviceSource: [],
    detectionSource: [],
    cluster: [],
    namespace: [],
    assignedTo: [],
    tag: [],
    category: [],
    classification: [],
    last: [],
  },
  sort: { key: 'updated', dir: 'desc' },
  columns: ['name', 'id', 'priority', 'severity', 'status', 'containment', 'alerts', 'assignedTo', 'updated'],
}

type Facets = Output<'incidentFacets'>

/** The filters of the queue; values and counts come from the server, words from the field. */
export function incidentFields(facets: Facets | undefined): FilterField[] {
  const from = (facet: keyof Facets, label = (value: string) => value): FilterOption[] =>
    (facets?.[facet] ?? []).map((item) => ({
      value: item.value,
      label: item.label || label(item.value),
      count: item.count,
    }))
  const words = (labels: Record<string, string>, facet: keyof Facets): FilterOption[] =>
    Object.entries(labels).map(([value, label]) => ({
      value,
      label,
      count: facets?.[facet].find((f) => f.value === value)?.count,
    }))
  return [
    {
      id: 'status',
      label: 'Status',
      options: words(
        {
          new: statusLabels.new,
          'in-progress': statusLabels['in-progress'],
          resolved: statusLabels.resolved,
          redirected: statusLabels.redirected,
        },
        'status',
      ),
    },
    { id: 'severity', label: 'Severity', options: words(severityLabels, 'severity') },
    { id: 'serviceSource', label: 'Service source', options: withFallback(from('serviceSource'), 'Cordon') },
    {
      id: 'detectionSource',
      label: 'Detection source',
      options: withFallback(from('detectionSource'), 'Containers').map((option) => ({
        ...option,
        label: option.value === 'Containers' ? 'Cordon > Containers' : option.label,
      })),
    },
    { id: 'cluster', label: 'Cluster', options: from('cluster') },
    { id: 'namespace', label: 'Namespace', options: from('namespace') },
    {
      id: 'assignedTo',
      label: 'Assigned to',
      options: [
        { value: 'none', label: 'Unassigned', count: facets?.assignedTo.find((f) => f.value === 'none')?.count },
        ...from('assignedTo').filter((o) => o.value !== 'none'),
      ],
    },
    { id: 'tag', label: 'Tag', options: from('tag') },
    {
      id: 'category',
      label: 'Category',
      options: from('category', tacticLabel).map((o) => ({ ...o, label: tacticLabel(o.value) })),
    },
    {
      id: 'classification',
      label: 'Classification',
      options: words({ none: 'Not set', ...classificationLabels }, 'classification'),
    },
    { id: 'last', label: 'Time', single: true, options: timeOptions },
  ]
}

function withFallback(options: FilterOption[], value: string): FilterOption[] {
  return options.length > 0 ? options : [{ value, label: value }]
}
