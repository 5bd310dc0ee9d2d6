import type { AuditJoinState } from '@cordon/contract'
import { Badge, Inert, Time, type Tone } from '@cordon/ui'
import { CircleDotDashed, CircleX, EyeOff } from 'lucide-react'
import type { ReactNode } from 'react'

const looks: Record<AuditJoinState['state'], { tone: Tone; icon: ReactNode; label: string }> = {
  compared: { tone: 'progress', icon: <CircleDotDashed aria-hidden />, label: 'Compared' },
  'no-audit': { tone: 'doubt', icon: <EyeOff aria-hidden />, label: 'No audit log' },
  failed: { tone: 'failed', icon: <CircleX aria-hidden />, label: 'Not compared' },
}

/** How far each cluster was compared: where nothing was, the absence of findings says nothing. */
export function ComparedClusters({ clusters }: { clusters: readonly AuditJoinState[] }) {
  return (
    <ul aria-label="Clusters" className="flex flex-wrap gap-3 px-5 py-3">
      {clusters.map((cluster) => {
        const look = looks[cluster.state]
        return (
          <li
            key={cluster.cluster}
            className="min-w-56 max-w-80 flex-1 rounded-lg border border-line bg-panel px-3 py-2"
          >
            <p className="flex items-center gap-2">
              <span className="min-w-0 flex-1 truncate font-medium">
                <Inert value={cluster.cluster} max={80} />
              </span>
              <Badge tone={look.tone} icon={look.icon}>
                {look.label}
              </Badge>
            </p>
            <p className="mt-1 text-xs text-muted">
              <Inert value={cluster.detail} max={300} />{' '}
              {cluster.comparedTo && (
                <>
                  Up to <Time value={cluster.comparedTo} />.
                </>
              )}
            </p>
          </li>
        )
      })}
    </ul>
  )
}
