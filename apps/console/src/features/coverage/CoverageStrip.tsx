import { useQuery } from '@tanstack/react-query'
import { Radar, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { q } from '../../api/query.ts'

/** One line above lists and graphs: who sends, who fell silent, and what can't be seen; silence is not safety. */
export function CoverageStrip({ details }: { details: ReactNode }) {
  const { data } = useQuery({ ...q('coverageGet', {}), refetchInterval: 60_000 })
  if (!data) return null
  const silent = data.sources.filter((source) => source.rhythm?.state === 'silent')
  const nodes = (data.clusters ?? []).flatMap((cluster) => cluster.nodes.filter((node) => node.state === 'missing'))
  const blind = (data.clusters ?? []).filter((cluster) => cluster.missing.length > 0)
  const faults = [
    silent.length > 0 &&
      `${silent.length} of ${data.sources.length} sources silent (${silent
        .slice(0, 2)
        .map((source) => `${source.source} of ${source.cluster}`)
        .join(', ')}${silent.length > 2 ? ' …' : ''})`,
    nodes.length > 0 && `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'} without sensor`,
    data.sources.length === 0
      ? 'nothing is being received'
      : blind.length > 0 && `blind spots in ${blind.map((cluster) => cluster.name).join(', ')}`,
  ].filter((text) => text !== false)
  const isWhole = faults.length === 0
  return (
    <p
      role="status"
      className={`flex items-center gap-1.5 px-5 pb-2 text-xs ${isWhole ? 'text-muted' : 'font-medium text-caution'}`}
    >
      {isWhole ? (
        <Radar className="size-3.5 shrink-0" aria-hidden />
      ) : (
        <TriangleAlert className="size-3.5 shrink-0" aria-hidden />
      )}
      <span className="min-w-0 truncate">
        {isWhole ? `All ${data.sources.length} sources report` : `Coverage: ${faults.join('; ')}`}
      </span>
      {details}
    </p>
  )
}
