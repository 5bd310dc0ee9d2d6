import type { Output } from '@cordon/contract'
import { Badge, Facts, Inert, Scroll, Section, SelectField, SidePane, Skeleton } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { clsx } from 'clsx'
import { type ReactNode, useState } from 'react'
import { q } from '../../api/query.ts'
import { Problem } from '../../signs/Problem.tsx'
import { SeverityMark } from '../../signs/Severity.tsx'

type Matrix = Output<'coverageAttack'>
type Technique = Matrix['tactics'][number]['techniques'][number]
export type MatrixRule = Technique['rules'][number]

// Each state has its own word and its own border, so that it reads without colour.
const states: Record<Technique['state'], { label: string; look: string }> = {
  covered: { label: 'Covered', look: 'border-proof/70 bg-proof/8' },
  partly: { label: 'Partly', look: 'border-caution/60 bg-caution/8' },
  blind: { label: 'Blind', look: 'border-broken/70 border-dashed bg-broken/8' },
  none: { label: 'No rule', look: 'border-line text-muted' },
}
const ruleStates = {
  works: 'Works',
  partly: 'Works in part',
  unproven: 'Not proven yet',
  blind: 'Blind',
  off: 'Switched off',
} as const

/** ATT&CK for Containers: what rules show, what was found, and what nobody would see. */
export function AttackMatrix({ linkTo }: { linkTo: (rule: MatrixRule, title: ReactNode) => ReactNode }) {
  const [cluster, setCluster] = useState('')
  const [open, setOpen] = useState<Technique | null>(null)
  const { data, error, refetch } = useQuery(q('coverageAttack', { query: cluster ? { cluster } : {} }))
  const all = useQuery(q('coverageAttack', { query: {} }))
  if (!data)
    return (
      <div className="flex-1">
        {error ? <Problem error={error} onRetry={() => void refetch()} /> : <Skeleton rows={12} />}
      </div>
    )
  const listed = data.tactics.flatMap(({ techniques }) => techniques)
  const distinct = [...new Map(listed.map((one) => [one.id, one])).values()]
  const count = (state: Technique['state']) => distinct.filter((one) => one.state === state).length
  return (
    <div className="flex min-h-0 min-w-0 flex-1">
      <Scroll label="Matrix" className="flex min-w-0 flex-1 flex-col gap-3 p-5">
        <div className="flex flex-wrap items-end gap-4">
          <SelectField label="Cluster" value={cluster} onChange={(event) => setCluster(event.target.value)}>
            <option value="">All clusters</option>
            {all.data?.clusters.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </SelectField>
          <p className="pb-1.5 text-sm text-muted">
            {distinct.length} techniques: {count('covered')} covered, {count('partly')} partly, {count('blind')} blind,{' '}
            {count('none')} without a rule. A rule shows one way a technique is done, not every way. Alerts of the last{' '}
            {data.days} days.
          </p>
        </div>
        <div className="grid min-w-[74rem] grid-cols-9 gap-2">
          {data.tactics.map((tactic) => (
            <section key={tactic.id} aria-label={tactic.name} className="flex flex-col gap-1.5">
              <h2 className="truncate text-sm font-medium" title={tactic.name}>
                {tactic.name} <span className="block text-xs font-normal text-muted">{tactic.attackId}</span>
              </h2>
              {tactic.techniques.map((one) => (
                <Cell key={one.id} technique={one} onOpen={() => setOpen(one)} />
              ))}
            </section>
          ))}
        </div>
        {data.beyond.length > 0 && (
          <section aria-label="Beyond the container matrix" className="flex flex-col gap-2 border-t border-line pt-3">
            <h2 className="text-sm font-medium">
              Beyond the container matrix{' '}
              <span className="font-normal text-muted">
                {data.beyond.length} more techniques that rules carry, by number
              </span>
            </h2>
            <div className="grid grid-cols-[repeat(auto-fill,minmax(9.5rem,1fr))] gap-2">
              {data.beyond.map((one) => (
                <Cell key={one.id} technique={one} onOpen={() => setOpen(one)} />
              ))}
            </div>
          </section>
        )}
      </Scroll>
      {open && (
        <SidePane
          label="Technique"
          eyebrow={open.id}
          title={open.name}
          badges={<Badge>{states[open.state].label}</Badge>}
          onClose={() => setOpen(null)}
          className="w-[26rem] max-w-[45vw] shrink-0"
        >
          {open.state !== 'covered' && (
            <Section title="What is missing" count={open.missing.length}>
              <ul className="list-disc space-y-1 pl-5">
                {open.missing.map((text) => (
                  <li key={text}>
                    <Inert value={text} max={300} />
                  </li>
                ))}
              </ul>
            </Section>
          )}
          <Section title="Rules" count={open.rules.length}>
            <ul className="flex flex-col gap-2">
              {open.rules.map((rule) => (
                <li key={rule.id} className="flex items-baseline gap-2">
                  <SeverityMark severity={rule.severity} wordless />
                  <span className="min-w-0 flex-1">{linkTo(rule, <Inert value={rule.title} max={120} />)}</span>
                  {rule.customDetection !== null && <Badge>Custom</Badge>}
                  <span className="shrink-0 text-xs text-muted">{ruleStates[rule.state]}</span>
                </li>
              ))}
            </ul>
          </Section>
          <Section title="Found">
            <Facts items={[{ label: `Alerts, ${data.days} days`, value: open.alerts.toLocaleString() }]} />
          </Section>
        </SidePane>
      )}
    </div>
  )
}

function Cell({ technique, onOpen }: { technique: Technique; onOpen: () => void }) {
  const { label, look } = states[technique.state]
  return (
    <button
      type="button"
      onClick={onOpen}
      className={clsx('rounded-md border px-2 py-1.5 text-left text-xs hover:border-accent', look)}
    >
      <span className="block text-2xs text-muted">
        {technique.id} · {label}
      </span>
      {technique.name !== technique.id && <span className="block font-medium">{technique.name}</span>}
      <span className="block text-2xs text-muted">
        {technique.rules.length} {technique.rules.length === 1 ? 'rule' : 'rules'}
        {technique.alerts > 0 &&
          ` · ${technique.alerts.toLocaleString()} ${technique.alerts === 1 ? 'alert' : 'alerts'}`}
      </span>
    </button>
  )
}
