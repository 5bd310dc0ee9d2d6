import type { HuntResult } from '@cordon/contract'
import { entitiesOfRow, type RowMapping, suggestMappings } from '@cordon/entities'
import type { Severity } from '@cordon/incidents'
import { Button, Dialog, Inert, TextArea, TextField, toast } from '@cordon/ui'
import { type ComponentProps, useMemo, useState } from 'react'
import { useApi } from '../../api/query.ts'
import { CategoryField, SeverityField } from '../../signs/AlertChoices.tsx'
import { Problem } from '../../signs/Problem.tsx'
import { EntityName } from '../../signs/EntityName.tsx'
import { columnPaths } from './column-paths.ts'
import { EntityMappingForm } from './EntityMappingForm.tsx'
import { IncidentChoice } from './IncidentChoice.tsx'
import type { Row } from './result-rows.ts'

export interface LinkDialogProps {
  /** The text that the rows answer. */
  query: string
  result: HuntResult
  rows: readonly Row[]
  clusters: readonly string[]
  /** The cluster to take where no column tells it. */
  cluster: string | undefined
  /** The incident that is being investigated. */
  incidentId: number | undefined
  onClose: () => void
  onOpen: (incidentId: number) => void
}

const most = 100
type Category = ComponentProps<typeof CategoryField>['value']

/** Makes rows of an answer part of an incident: what the alert says, which incident, and which columns name entities. */
export function LinkDialog(props: LinkDialogProps) {
  const { query, result, rows, clusters, cluster, onClose, onOpen } = props
  const [incidentId, setIncidentId] = useState<number | null | undefined>(props.incidentId)
  const [title, setTitle] = useState('')
  const [severity, setSeverity] = useState<Severity>('medium')
  const [category, setCategory] = useState<Category>('execution')
  const [description, setDescription] = useState('')
  const [steps, setSteps] = useState('')
  const [mappings, setMappings] = useState<RowMapping[]>(() => suggestMappings(result.schema, rows, cluster))
  const [isAsked, setAsked] = useState(false)
  const link = useApi('huntingLink')
  const paths = useMemo(() => columnPaths(result.schema, rows), [result.schema, rows])
  const groups = useMemo(() => groupsOf(mappings, rows), [mappings, rows])
  const problem =
    title.trim() === ''
      ? 'Give the alert a title.'
      : incidentId === undefined
        ? 'Choose an incident.'
        : groups.length === 0
          ? 'No row names an entity yet: choose the columns, and a cluster.'
          : rows.length > most
            ? `At most ${most} rows can be linked at once.`
            : null
  const submit = () => {
    setAsked(true)
    if (problem !== null || incidentId === undefined) return
    link.mutate(
      {
        body: {
          query,
          from: result.from,
          to: result.to,
          rows: rows.map((row) => ({ ...row })),
          entities: mappings
            .filter(({ parts }) => Object.keys(parts).length > 0)
            .map((one) => ({ ...one, parts: { ...one.parts } })),
          incidentId,
          title,
          severity,
          category,
          description,
          steps: steps.split('\n').flatMap((line) => line.trim() || []),
        },
      },
      {
        onSuccess: (linked) => {
          const left = linked.leftOut > 0 ? ` ${linked.leftOut} rows named no entity and were left out.` : ''
          toast({
            title: `Linked to incident ${linked.incidentId}`,
            description: `${linked.alertIds.length === 1 ? '1 alert' : `${linked.alertIds.length} alerts`} with ${linked.rows} rows.${left}`,
            ...(props.incidentId === linked.incidentId
              ? {}
              : { action: { label: 'Open incident', onClick: () => onOpen(linked.incidentId) } }),
          })
          onClose()
        },
      },
    )
  }
  return (
    <Dialog
      open
      onClose={onClose}
      width="lg"
      sticky
      title="Link to incident"
      description={`${rows.length === 1 ? '1 row' : `${rows.length.toLocaleString()} rows`}; the query and the rows become part of the incident`}
      footer={
        <>
          {isAsked && problem !== null && (
            <p role="alert" className="mr-auto text-xs font-medium text-failed">
              {problem}
            </p>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" aria-disabled={link.isPending} onClick={submit}>
            {link.isPending ? 'Linking…' : groups.length > 1 ? `Link as ${groups.length} alerts` : 'Link'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-5 p-5">
        <IncidentChoice value={incidentId} onChange={setIncidentId} />
        <fieldset className="flex flex-col gap-3">
          <legend className="mb-2 text-sm font-semibold">Alert</legend>
          <TextField
            label="Alert title"
            value={title}
            maxLength={200}
            required
            error={isAsked && title.trim() === '' ? 'A title is required.' : null}
            onChange={(event) => setTitle(event.target.value)}
          />
          <div className="grid grid-cols-2 gap-3">
            <SeverityField value={severity} onChange={setSeverity} />
            <CategoryField value={category} onChange={setCategory} />
          </div>
        </fieldset>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-2 text-sm font-semibold">Entities</legend>
          <EntityMappingForm mappings={mappings} paths={paths} clusters={clusters} onChange={setMappings} />
        </fieldset>
        <section aria-label="Outcome" className="rounded-md border border-line bg-raised p-3 text-sm">
          <Outcome groups={groups} rows={rows.length} />
        </section>
        <details>
          <summary className="w-fit cursor-pointer rounded text-sm font-semibold">
            Description and recommended actions
          </summary>
          <div className="mt-3 flex flex-col gap-3">
            <TextArea
              label="Description"
              rows={2}
              className="min-h-14"
              maxLength={2000}
              value={description}
              onChange={(event) => setDescription(event.target.value)}
            />
            <TextArea
              label="Recommended actions, one per line"
              rows={2}
              className="min-h-14"
              maxLength={4000}
              value={steps}
              onChange={(event) => setSteps(event.target.value)}
            />
          </div>
        </details>
        {link.isError && <Problem error={link.error} compact what="Not linked" />}
      </div>
    </Dialog>
  )
}

interface Group {
  names: { key: string; kind: string; name: string }[]
  rows: number
}

/** As the server groups them: one alert for each combination of impacted entities. */
function groupsOf(mappings: readonly RowMapping[], rows: readonly Row[]): Group[] {
  const groups = new Map<string, Group>()
  for (const row of rows) {
    const named = entitiesOfRow(mappings, row)
    const impacted = named.filter(({ role }) => role === 'impacted')
    const about = impacted.length > 0 ? impacted : named
    if (!about.some(({ kind }) => kind !== 'image' && kind !== 'ip' && kind !== 'domain')) continue
    const id = JSON.stringify(about.map(({ key }) => key).toSorted())
    const group = groups.get(id) ?? { names: about, rows: 0 }
    group.rows += 1
    groups.set(id, group)
  }
  return [...groups.values()]
}

function Outcome({ groups, rows }: { groups: readonly Group[]; rows: number }) {
  const covered = groups.reduce((sum, group) => sum + group.rows, 0)
  if (groups.length === 0) return <p className="text-muted">No row names an entity yet.</p>
  return (
    <>
      <p>
        {groups.length === 1 ? '1 alert' : `${groups.length} alerts, one for each combination of impacted assets`}
        {covered < rows && ` · ${rows - covered} rows name no entity and will be left out`}
      </p>
      <ul className="mt-2 flex flex-col gap-1">
        {groups.slice(0, 8).map((group) => (
          <li key={group.names.map(({ key }) => key).join(' ')} className="flex flex-wrap items-center gap-x-3">
            {group.names.slice(0, 4).map(({ key, kind, name }) => (
              <EntityName key={key} kind={kind} name={name} max={80} />
            ))}
            <span className="text-xs text-muted">{group.rows === 1 ? '1 row' : `${group.rows} rows`}</span>
          </li>
        ))}
      </ul>
      {groups.length > 8 && (
        <p className="mt-1 text-xs text-muted">
          <Inert value={`and ${groups.length - 8} more`} />
        </p>
      )}
    </>
  )
}
