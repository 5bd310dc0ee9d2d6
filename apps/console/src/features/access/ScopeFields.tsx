import type { Output } from '@cordon/contract'
import { type Role, scopeText } from '@cordon/rbac'
import { Inert, TextField } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { q } from '../../api/query.ts'

type Scope = Output<'accountList'>['items'][number]['scope']

/** Both lists as they are typed: names separated by commas. */
interface ScopeDraft {
  clusters: string
  namespaces: string
}

export function draftOf(scope: Scope): ScopeDraft {
  return { clusters: scope?.clusters?.join(', ') ?? '', namespaces: scope?.namespaces?.join(', ') ?? '' }
}

/** What is typed as a scope; null = everything. */
export function scopeOfDraft({ clusters, namespaces }: ScopeDraft): Scope {
  const [some, inside] = [namesIn(clusters), namesIn(namespaces)]
  if (some.length === 0 && inside.length === 0) return null
  return { ...(some.length > 0 ? { clusters: some } : {}), ...(inside.length > 0 ? { namespaces: inside } : {}) }
}

function namesIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '')
}

/** What an account or token may look at and act on, besides its role. */
export function ScopeFields({
  role,
  draft,
  onChange,
}: {
  role: Role
  draft: ScopeDraft
  onChange: (draft: ScopeDraft) => void
}) {
  const clusters = useQuery(q('clusterList', {}))
  if (role === 'administrator')
    return <p className="text-xs text-muted">Administrators see everything: they could lift any limit.</p>
  const unknown = clusters.data
    ? namesIn(draft.clusters).filter((name) => !clusters.data.items.some((cluster) => cluster.name === name))
    : []
  return (
    <>
      <TextField
        label="Clusters"
        help={
          unknown.length > 0
            ? `Not connected now: ${unknown.join(', ')}.`
            : 'Names separated by commas. Empty: every cluster.'
        }
        value={draft.clusters}
        onChange={(event) => onChange({ ...draft, clusters: event.target.value })}
        autoComplete="off"
      />
      <TextField
        label="Namespaces"
        help="Empty: every namespace, nodes and cluster-wide objects too."
        value={draft.namespaces}
        onChange={(event) => onChange({ ...draft, namespaces: event.target.value })}
        autoComplete="off"
      />
    </>
  )
}

export function ScopeCell({ scope }: { scope: Scope }) {
  return scope ? <Inert value={scopeText(scope)} max={120} /> : <span className="text-muted">Not limited</span>
}
