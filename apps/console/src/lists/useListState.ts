import { useSearchParams } from 'react-router'
import { type ListShape, type ListState, isDefaultFilter, queryOf, readList, writeList } from './list-state.ts'

/** Filters, search, sort and columns of a queue, kept in the address only. */
export function useListState(shape: ListShape) {
  const [params, setParams] = useSearchParams()
  const state = readList(params, shape)
  const change = (next: Partial<ListState>) =>
    setParams((before) => writeList(before, { ...readList(before, shape), ...next }, shape), { replace: true })
  const scope = JSON.stringify({ filters: state.filters, search: state.search, sort: state.sort })
  return {
    state,
    query: queryOf(state),
    /** Names filters and sort: rows of another scope are other rows. */
    scope,
    isDefault: isDefaultFilter(state, shape),
    setFilter: (id: string, values: string[]) => change({ filters: { ...state.filters, [id]: values } }),
    setSearch: (search: string) => change({ search }),
    setColumns: (columns: string[]) => change({ columns }),
    toggleSort: (key: string) =>
      change({ sort: { key, dir: state.sort.key === key && state.sort.dir === 'desc' ? 'asc' : 'desc' } }),
    reset: () => change({ filters: { ...shape.filters }, search: '' }),
    /** Address of this view with every choice written out. */
    link: () => `${location.origin}${location.pathname}?${writeList(params, state, shape, true)}`,
  }
}
