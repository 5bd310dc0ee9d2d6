import type { Alert } from '@cordon/incidents'
import { Badge, CopyButton, Facts, Inert, Scroll, Section, Time } from '@cordon/ui'
import { Link } from 'react-router'
import { paths } from '../../app/paths.ts'
import { LinkedRows } from './LinkedRows.tsx'
import { EntityName } from '../../signs/EntityName.tsx'
import { sentence, tacticLabel, tactics } from '../../signs/attack.ts'

const tiers: Record<Alert['tier'], string> = {
  'control-plane': 'Control plane (audit)',
  'workload-runtime': 'Inside containers',
  host: 'On the node',
}

/** What happened, what to do, and on which events the alert stands. */
export function AlertDetails({ alert, onEntity }: { alert: Alert; onEntity: (key: string) => void }) {
  return (
    <>
      <Section title="What happened">
        <p>
          <Inert value={alert.description} max={2000} block />
        </p>
        <p className="mt-2 text-xs text-muted">
          In this incident because: <Inert value={alert.correlation.text} max={200} />
        </p>
      </Section>
      {alert.origin && <Origin origin={alert.origin} />}
      {alert.response.length > 0 && (
        <Section title="What to do">
          <ol className="list-decimal space-y-1 pl-5">
            {alert.response.map((step) => (
              <li key={step}>
                <Inert value={step} max={600} />
              </li>
            ))}
          </ol>
        </Section>
      )}
      <Section title="MITRE ATT&CK">
        <TacticStrip active={alert.tactics} />
        <p className="mt-2 flex flex-wrap gap-1.5">
          {alert.tactics.map((tactic) => (
            <Badge key={tactic}>{tacticLabel(tactic)}</Badge>
          ))}
          {alert.techniques.map((technique) => (
            <Badge key={technique} tone="info">
              {technique}
            </Badge>
          ))}
        </p>
      </Section>
      <Section title="Evidence" count={alert.evidence.length}>
        <ul className="flex flex-col gap-1">
          {alert.evidence.map((item) => (
            <li key={`${item.key}${item.role}`} className="flex items-baseline gap-2">
              <EntityName
                kind={item.kind}
                name={item.name}
                onOpen={() => onEntity(item.key)}
                className="flex-1"
                max={160}
              />
              <span className="shrink-0 text-xs text-muted">{sentence(item.role)}</span>
            </li>
          ))}
        </ul>
      </Section>
      {alert.hunt && <LinkedRows hunt={alert.hunt} />}
      <Section title="Source events" count={alert.occurrences}>
        {alert.occurrences > alert.events.length && (
          <p className="mb-1.5 text-xs text-muted">
            The newest {alert.events.length} of {alert.occurrences.toLocaleString()} are kept here.
          </p>
        )}
        <ul className="flex flex-col gap-2.5">
          {alert.events.map((event) => (
            <li key={event.id} className="text-sm">
              <p className="text-xs text-muted">
                <Time value={event.time} /> · {event.table === 'QueryResult' ? 'Row of the query' : event.table}
              </p>
              <p className="rounded bg-canvas px-2 py-1">
                <Inert value={event.summary} mono max={300} expandable={event.summary.length > 300} />
              </p>
              <p className="flex items-center text-xs text-muted">
                <span className="min-w-0 truncate">
                  {event.auditId ? 'Audit ID ' : 'Event ID '}
                  <Inert value={event.auditId ?? event.id} mono max={90} />
                </span>
                <CopyButton text={event.auditId ?? event.id} label="Copy event ID" />
              </p>
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Details">
        <Facts
          items={[
            { label: 'First activity', value: <Time value={alert.firstActivity} /> },
            { label: 'Last activity', value: <Time value={alert.lastActivity} /> },
            { label: 'Cluster', value: <Inert value={alert.cluster} /> },
            { label: 'Namespace', value: alert.namespace ? <Inert value={alert.namespace} /> : '–' },
            { label: 'Seen by', value: tiers[alert.tier] },
            { label: 'Source', value: `${alert.serviceSource} > ${alert.detectionSource}` },
            { label: 'Rule', value: <Inert value={alert.ruleId} mono /> },
            { label: 'Alert ID', value: <Inert value={alert.id} mono expandable /> },
          ]}
        />
      </Section>
      {alert.falsePositives.length > 0 && (
        <Section title="When it may be harmless">
          <ul className="list-disc space-y-1 pl-5 text-muted">
            {alert.falsePositives.map((text) => (
              <li key={text}>
                <Inert value={text} max={400} />
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  )
}

/** The custom detection behind an alert, and the way back to the rows that raised it. */
function Origin({ origin }: { origin: NonNullable<Alert['origin']> }) {
  const timespan = `${origin.from}/${origin.to}`
  return (
    <Section title="Custom detection">
      <p className="font-medium">
        <Link className="text-accent hover:underline" to={paths.detection(origin.customDetection)}>
          <Inert value={origin.name} max={100} />
        </Link>
      </p>
      <Scroll label="Query of the detection" className="mt-1.5 max-h-40 rounded-md border border-line bg-canvas p-2">
        <Inert value={origin.query} max={4000} mono block />
      </Scroll>
      <p className="mt-1.5">
        <Link className="text-accent hover:underline" to={paths.hunting({ query: origin.query, timespan, run: true })}>
          Open the query with the rows of this run
        </Link>
      </p>
    </Section>
  )
}

/** The ATT&CK tactics in their order, those of the alert filled. */
function TacticStrip({ active }: { active: readonly string[] }) {
  return (
    <div aria-hidden className="flex gap-0.5">
      {tactics.map(([id, label]) => (
        <span
          key={id}
          title={label}
          className={active.includes(id) ? 'h-2 flex-1 rounded-xs bg-sev-high' : 'h-2 flex-1 rounded-xs bg-hover'}
        />
      ))}
    </div>
  )
}
