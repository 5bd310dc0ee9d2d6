import { buttonClass } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from 'react-router'
import { paths } from '../app/paths.ts'
import { q } from '../api/query.ts'
import { AlertPane } from '../features/alerts/AlertPane.tsx'

export function Component() {
  const { id = '' } = useParams()
  const navigate = useNavigate()
  const { data } = useQuery(q('alertGet', { params: { id } }))
  return (
    <div className="flex min-h-0 flex-1 justify-center">
      <title>{`${data?.title ?? 'Alert'} · Cordon`}</title>
      <h1 className="sr-only">Alert</h1>
      <AlertPane
        key={id}
        alertId={id}
        className="w-full max-w-4xl border-r"
        links={
          data && (
            <Link to={`${paths.incident(data.incidentId)}?alert=${encodeURIComponent(id)}`} className={buttonClass()}>
              Open incident {data.incidentId}
            </Link>
          )
        }
        onEntity={(key) => void navigate(paths.entity(key))}
      />
    </div>
  )
}
