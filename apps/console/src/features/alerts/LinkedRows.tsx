import type { LinkedHunt } from '@cordon/incidents'
import { buttonClass, CopyButton, Inert, Section } from '@cordon/ui'
import { Link } from 'react-router'
import { paths } from '../../app/paths.ts'

const most = 20

/** The hunt that a person linked to the incident: its query, and the rows as they were then. */
export function LinkedRows({ hunt }: { hunt: LinkedHunt }) {
  const from = hunt.from ?? '1970-01-01T00:00:00Z'
  const timespan = hunt.to === null ? from : `${from}/${hunt.to}`
  return (
    <Section
      title="Linked from a hunt"
      count={hunt.rows.length}
      actions={<CopyButton text={JSON.stringify(hunt.rows, null, 2)} label="Copy the rows as JSON" />}
    >
      <p className="text-xs text-muted">
        By <Inert value={hunt.by} max={80} />. The rows are kept as they were then.
      </p>
      <pre className="mt-1.5 max-h-48 overflow-auto rounded bg-canvas px-2 py-1.5 font-mono text-xs break-words whitespace-pre-wrap">
        <Inert value={hunt.query} max={5000} block />
      </pre>
      <Link
        className={`${buttonClass('plain', 'sm')} mt-2`}
        to={paths.hunting({ query: hunt.query, timespan, run: true })}
      >
        Open in hunting
      </Link>
      <ol className="mt-3 flex flex-col gap-2">
        {hunt.rows.slice(0, most).map((row, index) => (
          // Rows have no name of their own; they never change.
          <li key={index} className="rounded border border-line p-2 text-xs">
            <dl className="grid grid-cols-[minmax(6rem,38%)_minmax(0,1fr)] gap-x-2 gap-y-0.5">
              {Object.entries(row)
                .filter(([, value]) => value !== null && value !== '')
                .map(([name, value]) => (
                  <div key={name} className="contents">
                    <dt className="truncate text-muted">
                      <Inert value={name} max={60} />
                    </dt>
                    <dd className="min-w-0 break-words">
                      <Inert value={typeof value === 'string' ? value : JSON.stringify(value)} max={240} expandable />
                    </dd>
                  </div>
                ))}
            </dl>
          </li>
        ))}
      </ol>
      {hunt.rows.length > most && (
        <p className="mt-1.5 text-xs text-muted">and {hunt.rows.length - most} more, which the copy holds too</p>
      )}
    </Section>
  )
}
