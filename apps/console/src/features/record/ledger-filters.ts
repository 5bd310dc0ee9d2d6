import type { FilterField } from '@cordon/ui'
import { type ListShape, timeOptions } from '../../lists/list-state.ts'
import { sentence } from '../../signs/attack.ts'

export const ledgerShape: ListShape = {
  filters: { actor: [], kind: [], subject: [], last: [] },
  sort: { key: 'seq', dir: 'desc' },
  columns: [],
}

// Kinds are not a closed list: one that is missing here can still come from a link, and its noun finds it.
const kinds: Record<string, readonly string[]> = {
  incident: ['open', 'seen', 'update', 'comment', 'merge'],
  alert: ['raise', 'repeat', 'update', 'move'],
  action: ['request', 'approve', 'reject', 'state', 'progress', 'repair', 'renew', 'review', 'drop'],
  finding: ['open', 'explain', 'close'],
  rule: ['switch', 'reload'],
  tuning: [],
  simulation: ['start', 'end'],
  account: ['create', 'update'],
  token: ['create', 'delete'],
  settings: ['update'],
  session: ['begin', 'end'],
  ledger: ['export'],
}

export function ledgerFields(people: readonly { value: string; label: string }[]): FilterField[] {
  const kindOptions = Object.entries(kinds).flatMap(([noun, verbs]) => [
    { value: noun, label: `${sentence(noun)}: all` },
    ...verbs.map((verb) => ({ value: `${noun}.${verb}`, label: `${noun}.${verb}`, indent: true })),
  ])
  return [
    { id: 'actor', label: 'Actor', options: [{ value: 'system', label: 'Cordon itself' }, ...people] },
    { id: 'kind', label: 'Kind', options: kindOptions },
    { id: 'subject', label: 'Subject' },
    { id: 'last', label: 'Time', single: true, options: timeOptions },
  ]
}
