import type { ActionStep } from '@cordon/response'

/** One write as both an action's step and an audit event name it. Cluster-scoped objects have the namespace ''. */
export interface ClusterWrite {
  verb: string
  resource: string
  subresource: string
  namespace: string
  /** '' where the log doesn't know it: a create at level Metadata. */
  name: string
}

/** A write that an action says it made, and when (epoch ms). */
export interface RecordedWrite extends ClusterWrite {
  actionId: string
  step: string
  from: number
  to: number
  /** The cluster answered that it happened. */
  done: boolean
}

/** A write of our account in a cluster's audit log. */
export interface AuditedWrite extends ClusterWrite {
  /** ReportId. */
  id: string
  /** Epoch ms. */
  time: number
  /** HTTP status, 0 where the log doesn't say. */
  code: number
}

const verbs: Record<string, string> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }

/** The writes in an action's steps, those still under way and failed ones too. */
export function recordedWrites(actionId: string, steps: readonly ActionStep[]): RecordedWrite[] {
  return steps.flatMap((step) => {
    const verb = step.request && verbs[step.request.method]
    const object = step.request && objectOf(step.request.path)
    if (!verb || !object || !step.startedAt) return []
    const { status } = step.response ?? { status: 0 }
    const made = { ...object, name: object.name || nameIn(step.request?.body) }
    return [
      {
        ...made,
        verb,
        actionId,
        step: step.id,
        from: Date.parse(step.startedAt),
        to: step.finishedAt ? Date.parse(step.finishedAt) : Number.MAX_SAFE_INTEGER,
        done: step.state === 'done' && status >= 200 && status < 300,
      },
    ]
  })
}

/** `/api/v1/namespaces/shop/pods/web/eviction` and the like, as the API server reads paths. */
function objectOf(path: string): Omit<ClusterWrite, 'verb'> | undefined {
  const parts = (path.split('?')[0] ?? '').split('/').filter(Boolean).map(decodeURIComponent)
  const rest = parts[0] === 'api' ? parts.slice(2) : parts[0] === 'apis' ? parts.slice(3) : []
  const namespaced = rest[0] === 'namespaces' && rest.length > 2
  const [resource, name = '', subresource = ''] = namespaced ? rest.slice(2) : rest
  return resource ? { resource, name, subresource, namespace: namespaced ? (rest[1] ?? '') : '' } : undefined
}

function nameIn(body: unknown): string {
  const name = (body as { metadata?: { name?: unknown } } | undefined)?.metadata?.name
  return typeof name === 'string' ? name : ''
}

// Clocks differ, and an answer may have been lost and the write repeated.
const slackMs = 2 * 60_000

/** Is this event that write? */
export function isSameWrite(recorded: RecordedWrite, audited: AuditedWrite): boolean {
  return (
    recorded.verb === audited.verb &&
    recorded.resource === audited.resource &&
    recorded.subresource === audited.subresource &&
    recorded.namespace === audited.namespace &&
    (recorded.name === audited.name || (audited.name === '' && audited.verb === 'create')) &&
    audited.time >= recorded.from - slackMs &&
    audited.time <= recorded.to + slackMs
  )
}

/** `pods/web`, `pods/web/eviction`. */
export function objectText({ resource, name, subresource }: ClusterWrite): string {
  return [resource, name || '(unnamed)', subresource].filter(Boolean).join('/')
}
