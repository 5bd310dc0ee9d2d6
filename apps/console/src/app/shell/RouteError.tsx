import { Button, Failure } from '@cordon/ui'
import { isRouteErrorResponse, useNavigate, useRouteError } from 'react-router'
import { problemOf } from '../../api/query.ts'
import { paths } from '../paths.ts'

/** A page that failed to load or to draw. */
export function RouteError() {
  const error = useRouteError()
  const navigate = useNavigate()
  const problem = isRouteErrorResponse(error)
    ? { title: `${error.status} ${error.statusText}`, detail: 'The page could not be loaded.' }
    : problemOf(error)
  // Chunks of an older build are gone after an upgrade; a reload fetches the new ones.
  const isStaleBuild = error instanceof TypeError && /module/i.test(error.message)
  return (
    <main className="min-h-0 flex-1 overflow-auto">
      <Failure
        title={isStaleBuild ? 'This page could not be fetched' : problem.title}
        detail={isStaleBuild ? 'The server is unreachable or Cordon was upgraded. Reload the page.' : problem.detail}
        onRetry={() => location.reload()}
      />
      <div className="px-6">
        <Button onClick={() => void navigate(paths.incidents)}>Go to incidents</Button>
      </div>
    </main>
  )
}
