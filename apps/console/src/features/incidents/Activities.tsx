import type { Activity, Incident } from '@cordon/incidents'
import { Button, Empty, Inert, Scroll, TextArea, Time, toast } from '@cordon/ui'
import { ArrowRight, CircleDot, ListTree, MessageSquare, Shield, Siren, Tag, UserRound } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useApi } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { Problem } from '../../signs/Problem.tsx'
import { sentence } from '../../signs/attack.ts'

const icons: Record<string, ReactNode> = {
  comment: <MessageSquare aria-hidden />,
  assigned: <UserRound aria-hidden />,
  'alert-added': <Siren aria-hidden />,
  action: <Shield aria-hidden />,
  tags: <Tag aria-hidden />,
}

/** Everything that was changed or said, newest first, with old and new values; and the box to add a comment. */
export function Activities({ incident }: { incident: Incident }) {
  const [kind, setKind] = useState<'all' | 'comment'>('all')
  const shown = incident.activities
    .filter((a) => kind === 'all' || a.kind === kind)
    .toSorted((a, b) => b.at.localeCompare(a.at))
  return (
    <div className="grid min-h-0 flex-1 grid-rows-[auto_1fr] gap-0 overflow-y-auto lg:grid-cols-[minmax(0,1fr)_22rem] lg:grid-rows-1 lg:overflow-hidden">
      <Scroll label="Activity log" className="order-2 px-5 py-4 lg:order-1">
        <div className="mb-3 flex items-center gap-2">
          <h2 className="text-base font-semibold">Activity log</h2>
          <span className="text-xs text-muted">{shown.length}</span>
          <div className="ml-auto flex gap-1">
            {(['all', 'comment'] as const).map((choice) => (
              <Button
                key={choice}
                size="sm"
                look="quiet"
                aria-pressed={kind === choice}
                className="aria-pressed:bg-accent-soft aria-pressed:text-accent"
                onClick={() => setKind(choice)}
              >
                {choice === 'all' ? 'All' : 'Comments'}
              </Button>
            ))}
          </div>
        </div>
        {shown.length === 0 && (
          <Empty icon={<ListTree aria-hidden />} title="Nothing here yet">
            Changes and comments appear here as they happen.
          </Empty>
        )}
        <ol className="flex flex-col">
          {shown.map((activity) => (
            <Line key={activity.id} activity={activity} />
          ))}
        </ol>
      </Scroll>
      <CommentBox id={incident.id} />
    </div>
  )
}

function Line({ activity }: { activity: Activity }) {
  const isComment = activity.kind === 'comment'
  return (
    <li className="flex gap-3 border-l border-line pb-4 pl-4">
      <span className="-ml-[1.72rem] flex size-6 shrink-0 items-center justify-center rounded-full border border-line bg-panel text-muted [&>svg]:size-3.5">
        {icons[activity.kind] ?? <CircleDot aria-hidden />}
      </span>
      <div className="min-w-0 flex-1">
        <p className="text-xs text-muted">
          <span className="font-medium text-ink">
            <Inert value={activity.actor} max={80} />
          </span>{' '}
          · {sentence(activity.kind)} · <Time value={activity.at} />
        </p>
        <div className={isComment ? 'mt-1 rounded-md border border-line bg-panel px-3 py-2' : 'mt-0.5'}>
          <Inert value={activity.text} max={2000} block expandable={activity.text.length > 2000} />
        </div>
        {hasValues(activity) && (
          <p className="mt-0.5 flex flex-wrap items-center gap-1.5 text-xs text-muted">
            <Inert value={valueText(activity, activity.from)} max={120} />
            <ArrowRight className="size-3" aria-label="to" />
            <span className="text-ink">
              <Inert value={valueText(activity, activity.to)} max={120} />
            </span>
          </p>
        )}
      </div>
    </li>
  )
}

/** The text names the alert that was added; its id says nothing to people. */
function hasValues({ kind, from, to }: Activity): boolean {
  return kind !== 'alert-added' && (from !== null || to !== null)
}

function valueText({ kind }: Activity, value: string | null): string {
  if (value === null) return 'none'
  return kind === 'action' ? sentence(value) : value
}

function CommentBox({ id }: { id: number }) {
  const [text, setText] = useState('')
  const send = useApi('incidentComment')
  const may = useMay('incidentComment')
  return (
    <form
      className="order-1 flex flex-col gap-2 border-line bg-panel p-4 lg:order-2 lg:border-l"
      onSubmit={(event) => {
        event.preventDefault()
        send.mutate(
          { params: { id }, body: { text } },
          {
            onSuccess: () => {
              setText('')
              toast({ title: 'Comment added' })
            },
          },
        )
      }}
    >
      <TextArea
        label="Add a comment"
        rows={5}
        maxLength={30_000}
        value={text}
        disabled={!may.allowed}
        help={may.allowed ? 'Plain text. It stays in the record.' : may.reason}
        onChange={(event) => setText(event.target.value)}
      />
      {send.isError && <Problem error={send.error} compact what="Not added" />}
      <Button
        type="submit"
        look="primary"
        className="self-end"
        disabled={!may.allowed || text.trim() === '' || send.isPending}
      >
        {send.isPending ? 'Adding…' : 'Comment'}
      </Button>
    </form>
  )
}
