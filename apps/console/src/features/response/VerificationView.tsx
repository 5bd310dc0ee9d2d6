import { type Action, finalStates } from '@cordon/response'
import { Inert, Notice, Time, type Tone, toneText } from '@cordon/ui'
import { Check, CircleHelp, CircleX, History, Plug, ShieldBan } from 'lucide-react'
import { clsx } from 'clsx'
import type { ReactNode } from 'react'

type Verification = NonNullable<Action['verification']>

const kinds: Record<Verification['evidence'][number]['kind'], string> = {
  'api-object': 'Objects in the cluster',
  'effective-policy': 'Effective policy',
  enforcer: 'Enforcer',
  probe: 'Connection probe',
  'runtime-events': 'Runtime events',
  'api-gone': 'Object is gone',
}

/** The proof: what was checked, when, and what stays open. Green appears only once the whole action is verified. */
export function VerificationView({ action }: { action: Action }) {
  const v = action.verification
  if (!v) return <p className="text-sm text-muted">Nothing has been verified yet.</p>
  // A proof of something that has ended since is history, and must not look like the present.
  const proven = action.state === 'verified' && !action.undoneBy
  const isOver = finalStates.includes(action.state)
  const isChecking = action.state === 'applied' || action.state === 'requested'
  return (
    <div className="flex flex-col gap-3">
      {(isOver || action.undoneBy) && (
        <Notice icon={<History aria-hidden />}>It has ended. What follows was found while it lasted.</Notice>
      )}
      {v.newConnections !== 'not-applicable' && (
        <div className="grid grid-cols-1 gap-2 sm:grid-cols-2">
          <Connections
            icon={<ShieldBan aria-hidden />}
            title="New connections"
            {...(isChecking && v.newConnections !== 'open' ? checking : newWords(v.newConnections, proven))}
          />
          <Connections
            icon={<Plug aria-hidden />}
            title="Established connections"
            {...oldWords(v.establishedConnections)}
          />
        </div>
      )}
      <Paths title="Open paths" items={v.openPaths} tone="broken" />
      <Paths title="What no network policy stops" items={v.residual} tone="caution" />
      <ul className="flex flex-col gap-1.5">
        {v.evidence.map((item, index) => (
          // One kind may be checked several times; the order is that of the record.
          <li key={index} className="flex items-start gap-2 text-sm">
            <span className="mt-0.5">{resultIcon(item.result, proven)}</span>
            <span className="min-w-0 flex-1">
              <span className="font-medium">{kinds[item.kind]}</span>{' '}
              <span className="text-muted">({item.result})</span>{' '}
              <Inert value={item.text} max={600} expandable={item.text.length > 600} />
            </span>
            <span className="text-xs text-muted">
              <Time value={item.at} />
            </span>
          </li>
        ))}
      </ul>
      <p className="text-xs text-muted">
        Last checked <Time value={v.checkedAt} />
      </p>
    </div>
  )
}

function Connections({
  icon,
  title,
  word,
  tone,
  note,
}: {
  icon: ReactNode
  title: string
  word: string
  tone: Tone
  note: string
}) {
  return (
    <div className="flex items-start gap-2 rounded-md border border-line p-2.5">
      <span className={clsx('mt-0.5 [&>svg]:size-4', toneText[tone])}>{icon}</span>
      <div className="min-w-0">
        <p className="text-xs text-muted">{title}</p>
        <p className={clsx('font-semibold', toneText[tone])}>{word}</p>
        <p className="text-xs text-muted">{note}</p>
      </div>
    </div>
  )
}

const checking = { word: 'Checking', tone: 'progress', note: 'Not proven yet.' } as const

function newWords(state: Verification['newConnections'], proven: boolean): { word: string; tone: Tone; note: string } {
  if (state === 'blocked')
    return {
      word: 'Blocked',
      tone: proven ? 'proof' : 'progress',
      note: proven ? 'A probe was blocked; all policies together leave no path.' : 'By what was checked so far.',
    }
  if (state === 'open') return { word: 'Open', tone: 'broken', note: 'At least one path still works.' }
  return { word: 'Unknown', tone: 'doubt', note: 'Not proven either way.' }
}

function oldWords(state: Verification['establishedConnections']): { word: string; tone: Tone; note: string } {
  if (state === 'cut')
    return { word: 'Expected to be cut', tone: 'progress', note: 'Known of this enforcer; not measured here.' }
  if (state === 'may-continue')
    return {
      word: 'May continue',
      tone: 'caution',
      note: 'What was open before may still run. Terminating the pod ends it.',
    }
  return { word: 'Unknown', tone: 'doubt', note: 'Connections open before may still run.' }
}

function resultIcon(result: 'passed' | 'failed' | 'inconclusive', proven: boolean): ReactNode {
  if (result === 'passed')
    return <Check className={clsx('size-4', proven ? toneText.proof : toneText.progress)} aria-hidden />
  if (result === 'failed') return <CircleX className={clsx('size-4', toneText.failed)} aria-hidden />
  return <CircleHelp className={clsx('size-4', toneText.doubt)} aria-hidden />
}

function Paths({ title, items, tone }: { title: string; items: readonly string[]; tone: Tone }) {
  if (items.length === 0) return null
  return (
    <div>
      <p className={clsx('text-xs font-semibold', toneText[tone])}>{title}</p>
      <ul className="mt-0.5 list-disc pl-5 text-sm">
        {items.map((item) => (
          <li key={item}>
            <Inert value={item} max={500} />
          </li>
        ))}
      </ul>
    </div>
  )
}
