import type { Input } from '@cordon/contract'
import { type Alert, type Severity, suggestConditions, type TuningAction } from '@cordon/incidents'
import { Button, Dialog, Inert, Notice, SelectField, TextArea, TextField, Time, toast } from '@cordon/ui'
import { TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { useApi } from '../../api/query.ts'
import { Problem } from '../../signs/Problem.tsx'
import { type ConditionGroup, TuningConditionsForm } from './TuningConditionsForm.tsx'

type Body = Input<'tuningCreate'>['body']

const spans = { '': 'never', 7: 'in 7 days', 30: 'in 30 days', 90: 'in 90 days', 365: 'in a year' }
const day = 86_400_000

/** A tuning rule from an alert, or a maintenance window: what it covers, what it does, why, until when; previewed first. */
export function TuningDialog({
  alert,
  kind = 'tuning',
  onClose,
}: {
  alert?: Alert
  kind?: 'tuning' | 'maintenance'
  onClose: () => void
}) {
  const [name, setName] = useState(alert ? `Tune ${alert.title}`.slice(0, 100) : '')
  const [reason, setReason] = useState('')
  const [action, setAction] = useState<TuningAction>('resolve')
  const [severity, setSeverity] = useState<Severity>('informational')
  const [days, setDays] = useState('30')
  const [group, setGroup] = useState<ConditionGroup>({
    match: 'all',
    items: alert ? suggestConditions({ ...alert, time: Date.parse(alert.lastActivity) }) : [],
  })
  const [clusters, setClusters] = useState('')
  const [namespaces, setNamespaces] = useState('')
  const [startsAt, setStartsAt] = useState('')
  const [endsAt, setEndsAt] = useState('')
  const preview = useApi('tuningPreview')
  const create = useApi('tuningCreate')
  const isWindow = kind === 'maintenance'
  const items = group.items.filter(({ values }) => values[0]?.trim())
  const isReady =
    name.length > 1 &&
    reason.trim() !== '' &&
    (isWindow ? Boolean(startsAt && endsAt && (clusters || namespaces)) : items.length > 0)
  const body = (): Omit<Body, 'name' | 'reason'> => ({
    kind,
    action,
    severity: action === 'lower' ? severity : null,
    scope: { clusters: list(clusters), namespaces: list(namespaces), ruleIds: [] },
    conditions: { match: 'all', groups: items.length > 0 ? [{ ...group, items }] : [] },
    startsAt: startsAt ? new Date(startsAt).toISOString() : null,
    expiresAt: isWindow
      ? endsAt
        ? new Date(endsAt).toISOString()
        : null
      : days
        ? new Date(Date.now() + Number(days) * day).toISOString()
        : null,
  })
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      width="lg"
      title={isWindow ? 'New maintenance window' : 'Tune alerts'}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            disabled={preview.isPending || (!isWindow && items.length === 0)}
            onClick={() => preview.mutate({ body: body() })}
          >
            Preview
          </Button>
          <Button
            look="primary"
            disabled={!isReady || create.isPending}
            onClick={() =>
              create.mutate(
                { body: { ...body(), name, reason } },
                {
                  onSuccess: () => (
                    toast({ title: isWindow ? 'Maintenance window saved' : 'Tuning rule saved' }),
                    onClose()
                  ),
                },
              )
            }
          >
            {create.isPending ? 'Saving…' : 'Save'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 p-5">
        <TextField label="Name" value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
        {!isWindow && <TuningConditionsForm group={group} onChange={setGroup} />}
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="Clusters"
            help={isWindow ? 'Separated by commas. A cluster or a namespace is needed.' : 'Only these; empty for all.'}
            value={clusters}
            onChange={(event) => setClusters(event.target.value)}
          />
          <TextField
            label="Namespaces"
            help="Separated by commas; empty for all."
            value={namespaces}
            onChange={(event) => setNamespaces(event.target.value)}
          />
          <SelectField
            label="What happens to covered alerts"
            value={action}
            onChange={(event) => setAction(event.target.value as TuningAction)} // the options are these
          >
            <option value="resolve">Resolve: kept in the queue as resolved</option>
            <option value="hide">Hide: found under the filter Hidden only</option>
            <option value="lower">Lower severity</option>
          </SelectField>
          {action === 'lower' && (
            <SelectField
              label="To at most"
              value={severity}
              onChange={(event) => setSeverity(event.target.value as Severity)} // as above
            >
              <option value="informational">Informational</option>
              <option value="low">Low</option>
              <option value="medium">Medium</option>
            </SelectField>
          )}
          {isWindow ? (
            <>
              <TextField
                label="From"
                type="datetime-local"
                value={startsAt}
                onChange={(event) => setStartsAt(event.target.value)}
              />
              <TextField
                label="Until"
                type="datetime-local"
                value={endsAt}
                onChange={(event) => setEndsAt(event.target.value)}
              />
            </>
          ) : (
            <SelectField label="Expires" value={days} onChange={(event) => setDays(event.target.value)}>
              {Object.entries(spans).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </SelectField>
          )}
        </div>
        <TextArea
          label="Reason"
          help="Required. It is kept with the rule and in the ledger."
          value={reason}
          maxLength={2000}
          onChange={(event) => setReason(event.target.value)}
        />
        {preview.isError && <Problem error={preview.error} compact what="No preview" />}
        {create.isError && <Problem error={create.error} compact what="Not saved" />}
        {preview.data && <Preview found={preview.data} />}
      </div>
    </Dialog>
  )
}

function Preview({ found }: { found: NonNullable<ReturnType<typeof useApi<'tuningPreview'>>['data']> }) {
  return (
    <section aria-label="Preview" aria-live="polite" className="flex flex-col gap-2">
      <p>
        In the last 30 days it would have covered{' '}
        <strong>
          {found.alerts.toLocaleString()} of {found.checked.toLocaleString()} alerts
        </strong>{' '}
        ({found.occurrences.toLocaleString()} occurrences), {found.open.toLocaleString()} of them still open.
        {found.isPartial && ' Older alerts were not looked at.'}
      </p>
      {found.truePositives > 0 && (
        <Notice kind="warning" icon={<TriangleAlert aria-hidden />}>
          {found.truePositives} of them belong to incidents classified as true positive. Narrow the conditions.
        </Notice>
      )}
      {found.examples.length > 0 && (
        <ul className="max-h-48 overflow-y-auto rounded-md border border-line">
          {found.examples.map((alert) => (
            <li
              key={alert.id}
              className="flex items-center gap-3 border-b border-line px-3 py-1.5 text-sm last:border-b-0"
            >
              <span className="min-w-0 flex-1 truncate">
                <Inert value={alert.title} max={120} />
              </span>
              <span className="text-muted">
                <Inert value={alert.namespace ? `${alert.cluster}/${alert.namespace}` : alert.cluster} max={80} />
              </span>
              <Time value={alert.lastActivity} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
}
