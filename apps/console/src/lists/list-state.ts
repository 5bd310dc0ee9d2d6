/** What a queue page may keep in its address. */
export interface ListShape {
  /** Filter ids with their default values; empty = no filter. */
  filters: Readonly<Record<string, readonly string[]>>
  sort: { key: string; dir: 'asc' | 'desc' }
  columns: readonly string[]
}

export interface ListState {
  filters: Record<string, readonly string[]>
  search: string
  sort: { key: string; dir: 'asc' | 'desc' }
  columns: readonly string[]
}

// Written where a filter that has a default was cleared, so that “none” differs from “default”.
const cleared = 'any'

/** Reads filters, search, sort and columns from an address; what isn't there has its default. */
export function readList(params: URLSearchParams, shape: ListShape): ListState {
  const filters = Object.fromEntries(
    Object.entries(shape.filters).map(([id, byDefault]) => {
      const values = params.getAll(id).filter(Boolean)
      return [id, values.length === 0 ? byDefault : values.filter((value) => value !== cleared)]
    }),
  )
  const columns = params.get('columns')?.split(',').filter(Boolean)
  return {
    filters,
    search: params.get('q') ?? '',
    sort: {
      key: params.get('sort') ?? shape.sort.key,
      dir: params.get('dir') === 'asc' ? 'asc' : params.get('dir') === 'desc' ? 'desc' : shape.sort.dir,
    },
    columns: columns?.length ? columns : shape.columns,
  }
}

/**
 * Writes a state over an address and keeps parameters of others. Defaults are left out unless `complete`: a link for
 * someone else names everything, so that it means the same when defaults change.
 */
export function writeList(
  before: URLSearchParams,
  state: ListState,
  shape: ListShape,
  complete = false,
): URLSearchParams {
  const params = new URLSearchParams(before)
  for (const [id, byDefault] of Object.entries(shape.filters)) {
    params.delete(id)
    const values = state.filters[id] ?? []
    if (!complete && same(values, byDefault)) continue
    if (values.length === 0 && byDefault.length > 0) params.append(id, cleared)
    for (const value of values) params.append(id, value)
  }
  put(params, 'q', state.search || undefined)
  const sorted = complete || state.sort.key !== shape.sort.key || state.sort.dir !== shape.sort.dir
  put(params, 'sort', sorted ? state.sort.key : undefined)
  put(params, 'dir', sorted ? state.sort.dir : undefined)
  put(params, 'columns', same(state.columns, shape.columns) ? undefined : state.columns.join(','))
  return params
}

export function isDefaultFilter(state: ListState, shape: ListShape): boolean {
  return (
    state.search === '' &&
    Object.entries(shape.filters).every(([id, byDefault]) => same(state.filters[id] ?? [], byDefault))
  )
}

/** The filters as an endpoint's query; the relative time `last` becomes `from`. */
export function queryOf(state: ListState, now = Date.now()): Record<string, unknown> {
  const { last, ...filters } = state.filters
  const span = last?.[0] ? spans[last[0]] : undefined
  const query: Record<string, unknown> = Object.fromEntries(
    Object.entries(filters).filter(([, values]) => values.length > 0),
  )
  if (span) query.from = new Date(Math.floor((now - span) / grain) * grain).toISOString()
  if (state.search) query.search = state.search
  return { ...query, sort: state.sort.key, dir: state.sort.dir }
}

const hour = 3_600_000
// Where a relative time begins moves on in steps: each step is another query, which starts at its first page again.
const grain = 600_000
const spans: Record<string, number> = {
  '24h': 24 * hour,
  '3d': 72 * hour,
  '7d': 168 * hour,
  '30d': 720 * hour,
  '180d': 4320 * hour,
}

/** Choices of every time filter. */
export const timeOptions = [
  { value: '24h', label: 'Last 24 hours' },
  { value: '3d', label: 'Last 3 days' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
  { value: '180d', label: 'Last 180 days' },
]

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index])
}

function put(params: URLSearchParams, key: string, value: string | undefined): void {
  if (value === undefined) params.delete(key)
  else params.set(key, value)
}
