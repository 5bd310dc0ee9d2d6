import { useQuery } from '@tanstack/react-query'
import { BellOff } from 'lucide-react'
import { Link } from 'react-router'
import { q } from '../../api/query.ts'
import { paths } from '../../app/paths.ts'

/** How many alerts tuning keeps out of this queue, and the way to them. Nothing where there are none. */
export function HiddenAlerts() {
  const { data } = useQuery(q('alertList', { query: { hidden: 'only', limit: 1 } }))
  if (!data?.total) return null
  return (
    <Link
      className="inline-flex items-center gap-1 text-sm text-muted hover:text-accent hover:underline"
      to={`${paths.alerts}?status=any&hidden=only`}
    >
      <BellOff className="size-3.5" aria-hidden />
      {data.total.toLocaleString()} hidden by tuning
    </Link>
  )
}
