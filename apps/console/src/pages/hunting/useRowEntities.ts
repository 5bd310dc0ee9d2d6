import type { HuntResult } from '@cordon/contract'
import { entityOfRow, type RowMapping, suggestMappings } from '@cordon/entities'
import { useMemo } from 'react'
import type { NumberedRow } from '../../features/hunting/result-rows.ts'

/** What the rows of an answer name: by which columns, in which cluster, and which cell leads to which entity. */
export function useRowEntities({
  query,
  result,
  known,
  clusters,
}: {
  /** The text that the rows answer. */
  query: string
  result: HuntResult | undefined
  /** Clusters of the incident that is being investigated. */
  known: readonly string[] | undefined
  clusters: readonly string[]
}) {
  const cluster = useMemo(() => usualCluster(query, known ?? [], clusters), [query, known, clusters])
  const mappings = useMemo(
    () => (result ? suggestMappings(result.schema, result.results, cluster).filter(isWhole) : []),
    [result, cluster],
  )
  const linkOf = useMemo(() => linksBy(mappings), [mappings])
  return { cluster, mappings, linkOf }
}

/** The cluster that rows are about where no column tells it: what the query says, else the incident, else the only one. */
function usualCluster(query: string, ofIncident: readonly string[], all: readonly string[]): string | undefined {
  const named = new Set([...query.matchAll(/ClusterName\s*(?:==|=~)\s*"([^"\\]+)"/g)].map((match) => match[1] ?? ''))
  const known = [...named].filter((name) => all.includes(name))
  if (known.length === 1) return known[0]
  if (known.length === 0 && ofIncident.length === 1) return ofIncident[0]
  return all.length === 1 ? all[0] : undefined
}

function isWhole({ kind, parts }: RowMapping): boolean {
  return kind === 'image' || kind === 'ip' || kind === 'domain' || parts['cluster'] !== undefined
}

/** Which entity a cell names: by the column of the last part of its key. */
function linksBy(mappings: readonly RowMapping[]) {
  const byColumn = new Map<string, RowMapping>()
  for (const mapping of mappings) {
    const last = Object.values(mapping.parts).findLast((part) => 'column' in part)
    if (last && 'column' in last && !byColumn.has(last.column)) byColumn.set(last.column, mapping)
  }
  return ({ row }: NumberedRow, column: string) => {
    const mapping = byColumn.get(column)
    return mapping && entityOfRow(mapping, row)
  }
}
