import type { DetectionProblem } from '@cordon/contract'
import { Button, Notice, Skeleton, TextField } from '@cordon/ui'
import { TriangleAlert, Wrench } from 'lucide-react'
import { type ComponentType, type ReactNode, Suspense, useState } from 'react'
import { problemOf, useApi } from '../../api/query.ts'
import { Problem } from '../../signs/Problem.tsx'
import { AlertFields } from './AlertFields.tsx'
import type { Draft } from './detection-draft.ts'
import { EntityMappings } from './EntityMappings.tsx'
import { PreviewPane } from './PreviewPane.tsx'
import { ScheduleFields } from './ScheduleFields.tsx'
import { useDetectionCheck } from './useDetectionCheck.ts'

export interface DetectionFormProps {
  initial: Draft
  /** The editor of hunting, given by the page. */
  Editor: ComponentType<{ value: string; onChange: (query: string) => void; onRun: () => void }>
  saving: { isPending: boolean; error: unknown }
  saveLabel: string
  onSave: (draft: Draft) => void
  onCancel: () => void
}

/** A query as a detection: judged while it is written, previewed before it is saved. */
export function DetectionForm({ initial, Editor, saving, saveLabel, onSave, onCancel }: DetectionFormProps) {
  const [draft, setDraft] = useState(initial)
  // Until someone maps by hand, what the columns suggest is taken over.
  const [isMapped, setIsMapped] = useState(initial.entities.length > 0)
  const [previewed, setPreviewed] = useState<Draft>()
  const check = useDetectionCheck(draft)
  const preview = useApi('customDetectionPreview')
  const change = (more: Partial<Draft>) => setDraft((before) => ({ ...before, ...more }))

  const suggested = check.isCurrent ? check.data?.suggested : undefined
  if (!isMapped && suggested && JSON.stringify(suggested) !== JSON.stringify(draft.entities))
    change({ entities: suggested })

  const problems = check.data?.problems ?? []
  const refused = problemOf(saving.error ?? preview.error).fields
  const refusedOf = (field: string): string | null =>
    saving.error || preview.error
      ? (Object.entries(refused).find(([path]) => path === field || path.startsWith(`${field}.`))?.[1] ?? null)
      : null
  const problem = (field: string): string | null =>
    problems.find((one) => one.field === field)?.message ?? refusedOf(field)
  const missing =
    draft.name.trim().length < 2
      ? 'Give it a name.'
      : draft.title.trim().length < 2
        ? 'Give its alerts a title.'
        : draft.entities.length === 0
          ? 'Say which columns name an entity.'
          : null
  const blocked = missing ?? (check.isCurrent ? (problems[0]?.message ?? null) : 'The query is being checked.')

  return (
    <form
      className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_24rem] border-t border-line 2xl:grid-cols-[minmax(0,1fr)_34rem]"
      onSubmit={(event) => {
        event.preventDefault()
        if (blocked === null) onSave(draft)
      }}
    >
      <div className="flex min-h-0 flex-col overflow-y-auto">
        <Part title="Query">
          <div className="h-44 min-h-28 resize-y overflow-hidden rounded-md border border-line bg-panel">
            <Suspense fallback={<Skeleton rows={3} />}>
              <Editor value={draft.query} onChange={(query) => change({ query })} onRun={() => {}} />
            </Suspense>
          </div>
          <QueryProblems
            problems={problems.filter(({ field }) => field === 'query' || field === 'entities')}
            onFix={(query) => change({ query })}
          />
          {check.isError && <Problem error={check.error} compact onRetry={() => void check.refetch()} />}
        </Part>
        <Part title="Detection">
          <TextField
            label="Name"
            required
            maxLength={100}
            error={refusedOf('name')}
            value={draft.name}
            onChange={(event) => change({ name: event.target.value })}
          />
          <ScheduleFields
            draft={draft}
            problem={problem}
            onChange={change}
            notContinuous={check.data?.notContinuous ?? null}
          />
        </Part>
        <Part title="Entities">
          <p className="-mt-1 text-sm text-muted">
            Which columns name what was attacked. Alerts join incidents by these, and responses act on these pods.
          </p>
          <EntityMappings
            entities={draft.entities}
            columns={check.data?.columns ?? []}
            problems={Object.fromEntries(
              problems.map(({ field, message }) => [field.replace(/^entities\./, ''), message]),
            )}
            onChange={(entities) => {
              setIsMapped(true)
              change({ entities })
            }}
          />
        </Part>
        <Part title="Alert">
          <AlertFields draft={draft} problem={problem} onChange={change} />
        </Part>
        <div className="sticky bottom-0 mt-auto flex flex-col gap-2 border-t border-line bg-panel px-5 py-3">
          {saving.error !== null && saving.error !== undefined && (
            <Problem error={saving.error} compact what="Not saved" />
          )}
          <div className="flex items-center gap-3">
            <Button look="primary" type="submit" disabled={blocked !== null || saving.isPending}>
              {saving.isPending ? 'Saving…' : saveLabel}
            </Button>
            <Button onClick={onCancel}>Cancel</Button>
            <p className="min-w-0 flex-1 truncate text-sm text-muted" role="status">
              {blocked}
            </p>
          </div>
        </div>
      </div>
      <PreviewPane
        preview={preview.data}
        error={preview.error}
        isPending={preview.isPending}
        isStale={previewed !== undefined && JSON.stringify(previewed) !== JSON.stringify(draft)}
        blocked={blocked}
        onPreview={() => {
          setPreviewed(draft)
          preview.mutate({ body: draft })
        }}
      />
    </form>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3 border-b border-line px-5 py-4">
      <h2 className="text-sm font-semibold">{title}</h2>
      {children}
    </section>
  )
}

function QueryProblems({ problems, onFix }: { problems: readonly DetectionProblem[]; onFix: (query: string) => void }) {
  return problems.map(({ message, fix }) => (
    <Notice key={message} kind="warning" icon={<TriangleAlert className="text-caution" aria-hidden />}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="min-w-0 flex-1 basis-80">{message}</span>
        {fix && (
          <Button
            size="sm"
            icon={<Wrench className="size-3.5" aria-hidden />}
            title={fix.query}
            onClick={() => onFix(fix.query)}
          >
            {fix.label}
          </Button>
        )}
      </div>
    </Notice>
  ))
}
