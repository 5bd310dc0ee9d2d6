import { Inert } from '@cordon/ui'
import { Link } from 'react-router'
import { paths } from '../../app/paths.ts'

/** A ledger subject (`noun:id`), linked where it has a page. */
export function SubjectLink({ subject }: { subject: string }) {
  const [, noun, id] = /^([a-z-]+):(.+)$/.exec(subject) ?? []
  const to =
    id === undefined
      ? undefined
      : noun === 'action'
        ? paths.action(id)
        : noun === 'alert'
          ? paths.alert(id)
          : noun === 'custom-detection'
            ? paths.detection(id)
            : noun === 'incident' && Number.isSafeInteger(Number(id))
              ? paths.incident(Number(id))
              : undefined
  if (!to) return <Inert value={subject} max={160} />
  return (
    <Link to={to} className="rounded hover:text-accent hover:underline">
      <Inert value={subject} max={160} />
    </Link>
  )
}
