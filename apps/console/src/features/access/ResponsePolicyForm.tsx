import type { Output } from '@cordon/contract'
import type { ApprovalRule, ResponsePolicy } from '@cordon/response'
import { Button, Notice, TextField, toast } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Plus, UserCheck } from 'lucide-react'
import { useState } from 'react'
import { problemOf, q, refresh, useApi } from '../../api/query.ts'
import { Problem } from '../../signs/Problem.tsx'
import { PolicyRule } from './PolicyRule.tsx'
import { SaveBar, StoredSettings } from './StoredSettings.tsx'

type Stored = Output<'responsePolicyGet'>

/** When an action needs a second person, and how many are looked at afterwards. */
export function ResponsePolicyForm() {
  const query = useQuery(q('responsePolicyGet', {}))
  return (
    <StoredSettings label="Approval policy" query={query}>
      {(stored) => <Form key={stored.version} stored={stored} />}
    </StoredSettings>
  )
}

// Rows keep their fields while others are removed: a rule has no identity of its own.
interface Draft {
  id: string
  rule: ApprovalRule
}

function Form({ stored }: { stored: Stored }) {
  const [rules, setRules] = useState<Draft[]>(() =>
    stored.policy.rules.map((rule) => ({ id: crypto.randomUUID(), rule })),
  )
  const [percent, setPercent] = useState(String(stored.policy.reviewSamplePercent))
  const [isChecked, setChecked] = useState(false)
  const save = useApi('responsePolicyUpdate')
  const share = Number(percent)
  const isShare = percent !== '' && Number.isInteger(share) && share >= 0 && share <= 100
  const policy: ResponsePolicy = { rules: rules.map(({ rule }) => rule), reviewSamplePercent: share }
  const isChanged = JSON.stringify(policy) !== JSON.stringify(stored.policy)
  const submit = () => {
    setChecked(true)
    if (!isShare || policy.rules.some((rule) => ruleError(rule) !== null)) return
    save.mutate(
      { body: { policy, version: stored.version } },
      {
        onSuccess: () => {
          refresh(['settings'])
          toast({ title: 'Policy saved' })
        },
      },
    )
  }
  return (
    <form
      className="flex flex-col gap-5"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <section className="flex flex-col gap-3" aria-labelledby="rules-title">
        <div>
          <h2 id="rules-title" className="text-base font-semibold">
            Who needs a second person
          </h2>
          <p className="text-sm text-muted">
            An action that any rule matches waits until someone with the role Lead or Administrator approves it; never
            who asked for it. Whoever breaks the glass acts at once, and is reviewed.
          </p>
        </div>
        {rules.length === 0 && (
          <Notice icon={<UserCheck aria-hidden />}>There is no rule: nobody has to wait for anyone.</Notice>
        )}
        {rules.map(({ id, rule }, index) => (
          <PolicyRule
            key={id}
            rule={rule}
            number={index + 1}
            error={isChecked ? ruleError(rule) : null}
            onChange={(next) => setRules(rules.map((item) => (item.id === id ? { id, rule: next } : item)))}
            onRemove={() => setRules(rules.filter((item) => item.id !== id))}
          />
        ))}
        <div>
          <Button
            icon={<Plus className="size-4" aria-hidden />}
            disabled={rules.length >= 50}
            onClick={() => setRules([...rules, { id: crypto.randomUUID(), rule: emptyRule }])}
          >
            Add rule
          </Button>
        </div>
      </section>
      <section className="flex flex-col gap-2" aria-labelledby="review-title">
        <h2 id="review-title" className="text-base font-semibold">
          Review afterwards
        </h2>
        <TextField
          type="number"
          label="Share of actions picked at random, in percent"
          help="Actions that can’t be undone, that failed or that broke the glass are reviewed anyway."
          className="max-w-28"
          min={0}
          max={100}
          value={percent}
          error={isChecked && !isShare ? 'A whole number from 0 to 100.' : null}
          onChange={(event) => setPercent(event.target.value)}
        />
      </section>
      <SaveBar what="policy" stored={stored} isChanged={isChanged} isSaving={save.isPending} />
      {save.isError && (
        <div>
          <Problem error={save.error} compact what="Not saved" />
          {Object.entries(problemOf(save.error).fields).map(([field, message]) => (
            <p key={field} className="mt-1 text-xs text-failed">
              {field}: {message}
            </p>
          ))}
        </div>
      )}
    </form>
  )
}

const emptyRule: ApprovalRule = { name: '', types: [], clusters: [], namespaces: [], severities: [], minTargets: 1 }

function ruleError(rule: ApprovalRule): string | null {
  if (rule.name.trim() === '') return 'Give the rule a name: whoever has to wait will read it.'
  if (!Number.isInteger(rule.minTargets) || rule.minTargets < 1 || rule.minTargets > 100)
    return 'Targets must be a whole number from 1 to 100.'
  return null
}
