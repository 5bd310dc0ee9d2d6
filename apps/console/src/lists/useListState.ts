import type { Column } from '@cordon/ui'
import { useSearchParams } from 'react-router'
import { type ListShape, type ListState, isDefaultFilter, queryOf, readList, writeList } from './list-state.ts'

/** Filters, search, sort and columns of a queue, kept in the address only. */
export function useListState(shape: ListShape) {
  const [params, setParams] = useSearchParams()
  const state = readList(params, shape)
  const change = (next: Partial<ListState>) =>
    setParams((before) => writeList(before, { ...readList(before, shape), ...next }, shape), { replace: true })
  const scope = JSON.stringify({ filters: state.filters, search: state.search, sort: state.sort })
  const isDefault = isDefaultFilter(state, shape)
  const setFilter = (id: string, values: string[]) => change({ filters: { ...state.filters, [id]: values } })
  const reset = () => change({ filters: { ...shape.filters }, search: '' })
  return {
    state,
    query: queryOf(state),
    /** Names filters and sort: rows of another scope are other rows. */
    scope,
    isDefault,
    setFilter,
    setSearch: (search: string) => change({ search }),
    reset,
    /** For the filter bar. */
    bar: { values: state.filters, onChange: setFilter, onReset: reset, isDefault },
    /** For the table. */
    sorting: {
      sort: state.sort,
      onSort: (key: string) =>
        change({
          sort: {
            key,
            dir: state.sort.key === key && state.sort.dir === 'desc' ? ('asc' as const) : ('desc' as const),
          },
        }),
    },
    /** For the column chooser, and the columns it leaves. */
    choosing: { shown: state.columns, onChange: (columns: string[]) => change({ columns }) },
    /** The chosen columns. Those somebody chose stay even where they have to be scrolled to, unless a pane tells them. */
    shown: <T>(columns: readonly Column<T>[], hasPane: boolean) => {
      const chosen = columns.filter((column) => column.fixed || state.columns.includes(column.id))
      const isChoice = params.has('columns') && !hasPane
      return isChoice ? chosen.map((column) => ({ ...column, spare: undefined })) : chosen
    },
    /** Address of this view with every choice written out. */
    link: () => `${location.origin}${location.pathname}?${writeList(params, state, shape, true)}`,
  }
}
