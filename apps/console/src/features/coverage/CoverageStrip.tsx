import type { Output } from '@cordon/contract'
import { inertString } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Radar, TriangleAlert } from 'lucide-react'
import { Link } from 'react-router'
import { q } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { paths } from '../../app/paths.ts'

type Coverage = Output<'coverageGet'>

export interface CoverageStripProps {
  /** Only the clusters that what stands below is about; all when left out. */
  clusters?: readonly string[]
  /** Gaps in this time count (ISO 8601); those of the last 24 hours when left out. */
  during?: { from: string; to: string }
}

/** One line above queues, graphs and hunts: who sends, who fell silent, and what can't be seen; silence is not safety. */
export function CoverageStrip({ clusters, during }: CoverageStripProps) {
  const { data, isError } = useQuery({ ...q('coverageGet', {}), refetchInterval: 60_000 })
  const mayOpen = useMay('setAsideList')
  const faults = data
    ? [...faultsOf(narrowed(data, clusters)), ...gapsOf(narrowed(data, clusters), during)]
    : isError
      ? ['what is being received could not be read']
      : []
  const isWhole = faults.length === 0
  return (
    <p
      role="status"
      // Keeps its line while it loads, so that nothing below moves.
      className={`flex h-6 shrink-0 items-center gap-1.5 px-5 pb-2 text-xs ${isWhole ? 'text-muted' : 'font-medium text-caution'}`}
    >
      {(data || isError) && (
        <>
          {isWhole ? (
            <Radar className="size-3.5 shrink-0" aria-hidden />
          ) : (
            <TriangleAlert className="size-3.5 shrink-0" aria-hidden />
          )}
          <span className="min-w-0 truncate" title={inertString(faults.join('; '))}>
            {isWhole
              ? `All ${narrowed(data, clusters).sources.length} sources${clusters ? ` of ${names(clusters)}` : ''} report`
              : `Coverage: ${inertString(faults.join('; '))}`}
          </span>
          {mayOpen.allowed && (
            <Link className="shrink-0 text-accent hover:underline" to={paths.coverage}>
              Details
            </Link>
          )}
        </>
      )}
    </p>
  )
}

function narrowed(data: Coverage | undefined, clusters: readonly string[] | undefined) {
  const { sources = [], clusters: all = [] } = data ?? {}
  if (!clusters) return { sources, clusters: all }
  return {
    sources: sources.filter((source) => clusters.includes(source.cluster)),
    clusters: all.filter((cluster) => clusters.includes(cluster.name)),
  }
}

function faultsOf({ sources, clusters }: ReturnType<typeof narrowed>): string[] {
  const silent = sources.filter((source) => source.rhythm?.state === 'silent')
  const bare = clusters.flatMap((cluster) => cluster.nodes.filter((node) => node.state === 'missing'))
  const blind = clusters.filter((cluster) => cluster.missing.length > 0).map((cluster) => cluster.name)
  const faults: string[] = []
  if (silent.length > 0)
    faults.push(
      `${silent.length} of ${sources.length} sources silent (${names(silent.map((one) => `${one.source} of ${one.cluster}`))})`,
    )
  if (bare.length > 0) faults.push(`${bare.length} ${bare.length === 1 ? 'node' : 'nodes'} without sensor`)
  if (sources.length === 0) faults.push('nothing is being received')
  else if (blind.length > 0) faults.push(`blind spots in ${names(blind)}`)
  return faults
}

/** Pauses that are over: nothing was received in them, so nothing can be said of them. */
function gapsOf({ sources }: ReturnType<typeof narrowed>, during: CoverageStripProps['during']): string[] {
  const from = Date.parse(during?.from ?? '') || Date.now() - 24 * 60 * 60_000
  const to = Date.parse(during?.to ?? '') || Date.now()
  const gaps = sources.flatMap(({ rhythm }) =>
    // The newest of a silent source isn't over, and is told as silence.
    (rhythm?.gaps ?? [])
      .slice(rhythm?.state === 'silent' ? 1 : 0)
      .filter((gap) => Date.parse(gap.from) <= to && Date.parse(gap.to) >= from),
  )
  if (gaps.length === 0) return []
  const ours = gaps.every((gap) => gap.cause === 'cordon') ? ' (Cordon was not running)' : ''
  return [
    `${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'} ${during ? 'in the time of this incident' : 'in the last 24 hours'}${ours}`,
  ]
}

function names(all: readonly string[]): string {
  return all.slice(0, 3).join(', ') + (all.length > 3 ? ` and ${all.length - 3} more` : '')
}
