import { Empty, buttonClass } from '@cordon/ui'
import { Compass } from 'lucide-react'
import { Link } from 'react-router'
import { paths } from '../app/paths.ts'

export function Component() {
  return (
    <div className="flex flex-1 items-center justify-center">
      <title>Not found · Cordon</title>
      <h1 className="sr-only">Page not found</h1>
      <Empty
        icon={<Compass aria-hidden />}
        title="There is no page at this address"
        action={
          <Link to={paths.incidents} className={buttonClass('primary')}>
            Go to incidents
          </Link>
        }
      >
        The link may be cut off or the page was renamed.
      </Empty>
    </div>
  )
}
