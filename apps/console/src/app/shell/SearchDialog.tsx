import { Dialog, Inert } from '@cordon/ui'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { clsx } from 'clsx'
import { type ReactNode, useDeferredValue, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { q } from '../../api/query.ts'
import { EntityName } from '../../signs/EntityName.tsx'
import { Problem } from '../../signs/Problem.tsx'
import { SeverityMark } from '../../signs/Severity.tsx'
import { StatusMark } from '../../signs/Status.tsx'
import { paths } from '../paths.ts'

interface Hit {
  id: string
  to: string
  content: ReactNode
}

/** Search by incident id, incident name or impacted asset, with arrows and Enter. */
export function SearchDialog({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const navigate = useNavigate()
  const box = useRef<HTMLInputElement>(null)
  const wanted = useDeferredValue(text.trim())
  const query = useQuery({
    ...q('incidentList', { query: { search: wanted, limit: 12, sort: 'lastActivity' } }),
    enabled: wanted !== '',
    placeholderData: keepPreviousData,
  })
  const clusters = useQuery({ ...q('clusterList', {}), enabled: wanted !== '' })
  const incidents = wanted ? (query.data?.items ?? []) : []
  const needle = wanted.toLowerCase()
  const assets = new Map(
    incidents
      .flatMap((i) => i.impactedAssets)
      .filter((a) => a.name.toLowerCase().includes(needle))
      .map((a) => [a.key, a]),
  )
  const hits: Hit[] = [
    ...incidents.map((incident) => ({
      id: `i${incident.id}`,
      to: paths.incident(incident.id),
      content: (
        <>
          <SeverityMark severity={incident.severity} wordless />
          <span className="w-10 shrink-0 text-right text-xs text-muted">{incident.id}</span>
          <span className="min-w-0 flex-1 truncate">
            <Inert value={incident.name} max={120} />
          </span>
          <span className="text-xs text-muted">
            <StatusMark status={incident.status} />
          </span>
        </>
      ),
    })),
    ...[...assets.values()].slice(0, 10).map((asset) => ({
      id: asset.key,
      to: paths.entity(asset.key),
      content: <EntityName kind={asset.kind} name={asset.name} />,
    })),
    ...(clusters.data?.items ?? [])
      .filter((c) => needle !== '' && c.name.toLowerCase().includes(needle))
      .map((c) => ({
        id: `c${c.name}`,
        to: `${paths.clusters}/${encodeURIComponent(c.name)}`,
        content: <EntityName kind="cluster" name={c.name} />,
      })),
  ]
  const current = Math.min(at, hits.length - 1)
  const go = (hit: Hit | undefined) => {
    if (!hit) return
    onClose()
    void navigate(hit.to)
  }
  return (
    <Dialog open onClose={onClose} title="Search" width="md" initialFocus={box}>
      <div className="flex items-center gap-2 border-b border-line px-4">
        <Search className="size-4 text-muted" aria-hidden />
        <input
          ref={box}
          role="combobox"
          aria-expanded={hits.length > 0}
          aria-controls="search-hits"
          aria-activedescendant={hits[current] ? `hit-${current}` : undefined}
          aria-label="Incident id, name or impacted asset"
          placeholder="Incident id, name or impacted asset"
          value={text}
          maxLength={200}
          className="h-11 min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-muted"
          onChange={(event) => {
            setText(event.target.value)
            setAt(0)
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setAt(Math.min(current + 1, hits.length - 1))
            else if (event.key === 'ArrowUp') setAt(Math.max(current - 1, 0))
            else if (event.key === 'Enter') go(hits[current])
            else return
            event.preventDefault()
          }}
        />
      </div>
      {query.isError && wanted && (
        <div className="p-3">
          <Problem error={query.error} compact onRetry={() => void query.refetch()} />
        </div>
      )}
      <div id="search-hits" role="listbox" aria-label="Results" className="max-h-96 min-h-24 overflow-y-auto p-1.5">
        {hits.map((hit, index) => (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the combobox above has the keyboard
          <div
            key={hit.id}
            id={`hit-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            className={clsx(
              'flex h-9 cursor-pointer items-center gap-2 rounded-md px-2',
              index === current && 'bg-hover',
            )}
            onPointerMove={() => setAt(index)}
            onClick={() => go(hit)}
          >
            {hit.content}
          </div>
        ))}
      </div>
      <p role="status" className="px-4 pb-3 text-xs text-muted">
        {wanted === ''
          ? 'Type to search all incidents, resolved ones too.'
          : query.isFetching
            ? 'Searching…'
            : hits.length === 0
              ? 'Nothing found.'
              : `${hits.length} found`}
      </p>
    </Dialog>
  )
}
