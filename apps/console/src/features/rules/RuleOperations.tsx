import type { Output } from '@cordon/contract'
import { Badge, Button, Inert, inertString, Notice, Section, TextField, Time, toast } from '@cordon/ui'
import { RefreshCw, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { useApi } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { Problem } from '../../signs/Problem.tsx'

type Rule = Output<'ruleList'>['items'][number]

const words = { partly: 'In part', unproven: 'Not proven yet', blind: 'Blind' } as const

/** Can the rule work with what is sent today? The worst cluster counts. */
export function RuleState({ rule }: { rule: Rule }) {
  if (rule.enabled === false) return <Badge>Switched off</Badge>
  const spots = rule.blindSpots ?? []
  const worst = (['blind', 'partly', 'unproven'] as const).find((state) => spots.some((spot) => spot.state === state))
  if (!worst) return <>Yes</>
  return (
    <Badge tone={worst === 'unproven' ? 'neutral' : 'caution'}>
      {words[worst]}
      {` in ${spots.filter((spot) => spot.state === worst).length}`}
    </Badge>
  )
}

/** Mean time of one evaluation since the start. */
export function RuleCost({ rule }: { rule: Rule }) {
  const { evaluations = 0, microseconds = 0 } = rule.cost ?? {}
  if (evaluations === 0)
    return (
      <span className="text-muted" title="No event came that it has to be asked for">
        –
      </span>
    )
  return (
    <span title={`${evaluations.toLocaleString()} evaluations since the start`}>
      {microseconds < 0.05 ? '< 0.1' : microseconds.toFixed(1)} µs
    </span>
  )
}

export function RuleErrors({ rule }: { rule: Rule }) {
  const { errors = 0, lastError } = rule.cost ?? {}
  if (errors === 0) return <>0</>
  return (
    <span className="font-medium text-failed" title={inertString(lastError ?? '')}>
      {errors.toLocaleString()}
    </span>
  )
}

/** Folders of rules that the installation was given, beside the built-in ones. */
export function RuleFolders({ folders, rules }: { folders: readonly string[]; rules: readonly Rule[] }) {
  const own = rules.filter((rule) => rule.source !== 'pack').length
  return (
    <p className="px-5 pb-2 text-xs text-muted">
      {rules.length - own} built-in {rules.length - own === 1 ? 'rule' : 'rules'}
      {folders.length === 0 ? (
        '; no folder of your own (CORDON_RULES)'
      ) : (
        <>
          , {own} from <Inert value={folders.join(', ')} mono max={200} />; read again by themselves when a file changes
        </>
      )}
    </p>
  )
}

/** What each cluster lacks for this rule. */
export function RuleBlindSpots({ rule }: { rule: Rule }) {
  if (!rule.blindSpots?.length) return null
  return (
    <Section title="Where today’s data does not carry it" count={rule.blindSpots.length}>
      <ul className="flex flex-col gap-1.5">
        {rule.blindSpots.map((spot) => (
          <li key={spot.cluster}>
            <Badge tone={spot.state === 'unproven' ? 'neutral' : 'caution'}>{words[spot.state]}</Badge>{' '}
            <Inert value={`${spot.cluster}: ${spot.missing.join('; ')}`} max={400} />
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** On or off, with the reason that is kept. */
export function RuleSwitch({ rule }: { rule: Rule }) {
  const [reason, setReason] = useState('')
  const update = useApi('ruleUpdate')
  const may = useMay('ruleUpdate')
  const isOn = rule.enabled !== false
  return (
    <Section title={isOn ? 'Switched on' : 'Switched off'}>
      {rule.setting && (
        <p className="mb-2 text-sm text-muted">
          By <Inert value={rule.setting.by} max={60} /> <Time value={rule.setting.at} />:{' '}
          <Inert value={rule.setting.reason} max={400} />
          {!isOn && ` ${(rule.muted ?? 0).toLocaleString()} matches were dropped since the server started.`}
        </p>
      )}
      <div className="flex items-end gap-2">
        <TextField
          label="Reason"
          value={reason}
          maxLength={2000}
          disabled={!may.allowed}
          onChange={(event) => setReason(event.target.value)}
        />
        <Button
          disabled={!may.allowed || reason.trim() === '' || update.isPending}
          title={may.allowed ? undefined : may.reason}
          onClick={() =>
            update.mutate(
              { params: { id: rule.id }, body: { enabled: !isOn, reason } },
              { onSuccess: () => setReason('') },
            )
          }
        >
          {isOn ? 'Switch off' : 'Switch on'}
        </Button>
      </div>
      {update.isError && <Problem error={update.error} compact what="Not changed" />}
    </Section>
  )
}

/** Reads users' folders again; they are watched too. */
export function ReloadRules() {
  const reload = useApi('ruleReload')
  const may = useMay('ruleReload')
  return (
    <Button
      size="sm"
      disabled={!may.allowed || reload.isPending}
      title={may.allowed ? undefined : may.reason}
      icon={<RefreshCw className="size-3.5" aria-hidden />}
      onClick={() =>
        reload.mutate(
          {},
          {
            onSuccess: (now) =>
              toast({
                title: now.isReloaded ? `${now.rules} rules read` : 'Rules could not be read; those in force stay',
                description: now.problems.length > 0 ? `${now.problems.length} refused` : undefined,
              }),
            onError: () => toast({ title: 'Rules could not be read', kind: 'failed' }),
          },
        )
      }
    >
      Reload rules
    </Button>
  )
}

/** Rules that were refused, by file, line and name; the rest works. */
export function RefusedRules({ problems }: { problems: Output<'ruleList'>['problems'] }) {
  return (
    <div className="px-5 pb-2.5">
      <Notice kind="warning" icon={<TriangleAlert aria-hidden />}>
        <details open={problems.length <= 3}>
          <summary>
            {problems.length} {problems.length === 1 ? 'rule was' : 'rules were'} refused; all others work.
          </summary>
          <ul className="mt-1.5 max-h-40 overflow-y-auto text-sm">
            {problems.map((problem) => (
              <li key={`${problem.file}:${problem.line}:${problem.message}`}>
                <Inert value={`${problem.file}:${problem.line}`} mono max={200} />{' '}
                <Inert value={problem.rule} max={120} />: <Inert value={problem.message} max={400} />
              </li>
            ))}
          </ul>
        </details>
      </Notice>
    </div>
  )
}

/** Alerts that no rule can raise, with what they would need. */
export function OutOfReach({ alerts }: { alerts: Output<'ruleList'>['outOfReach'] }) {
  return (
    <details className="px-5 pb-2.5 text-sm text-muted">
      <summary>{alerts.length} alerts need other data than audit and process events</summary>
      <ul className="mt-1.5 flex flex-col gap-1">
        {alerts.map(({ title, needs, instead }) => (
          <li key={title}>
            <span className="font-medium text-ink">{title}</span>: needs {needs}. Seen instead: {instead}.
          </li>
        ))}
      </ul>
    </details>
  )
}
