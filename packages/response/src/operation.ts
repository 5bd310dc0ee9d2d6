/**
 * One write to a cluster, as data: what the dialog shows, what the adapter sends and what the record keeps are the same
 * object. Every write is bound to a uid and safe to repeat.
 */
export type Operation = CreateOperation | PatchOperation | DeleteOperation | EvictOperation

interface OperationBase {
  id: string
  /** In words, for the dialog and the record. */
  title: string
  path: string
}

/** Repeating it is harmless: an object of that name that carries our action id counts as created. */
export interface CreateOperation extends OperationBase {
  kind: 'create'
  body: {
    apiVersion: string
    kind: string
    metadata: { name: string; namespace?: string; labels: Record<string, string> } & Record<string, unknown>
    spec?: unknown
  } & Record<string, unknown>
  /** Path of the object itself, to read it back. */
  objectPath: string
}

/** A JSON patch whose first operation tests the uid; `doneWhen` tells a repeat from a conflict. */
export interface PatchOperation extends OperationBase {
  kind: 'patch'
  body: JsonPatch
  uid: string
  /** Labels the object carries when the patch has been applied; null = absent. */
  doneWhen: Record<string, string | null>
  /** Members of `spec` that then have these values. */
  doneWhenSpec?: Record<string, unknown>
}

export interface DeleteOperation extends OperationBase {
  kind: 'delete'
  /** Null when it must be read first and recognised by its action label. */
  uid: string | null
  /** The label value that proves the object is ours; never set for the pod itself. */
  ownedBy: string | null
  gracePeriodSeconds?: number
}

export interface EvictOperation extends OperationBase {
  kind: 'evict'
  uid: string
  gracePeriodSeconds?: number
  body: Record<string, unknown>
}

export type JsonPatch = (
  | { op: 'test' | 'add' | 'replace'; path: string; value: unknown }
  | { op: 'remove'; path: string }
)[]

/** RFC 6901: `~` and `/` in a member name. */
export function pointer(...members: string[]): string {
  return members.map((m) => `/${m.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** HTTP method, content type and body of an operation, as sent. */
export function requestOf(op: Operation): { method: string; path: string; contentType?: string; body?: unknown } {
  switch (op.kind) {
    case 'create':
    case 'evict':
      return { method: 'POST', path: op.path, contentType: 'application/json', body: op.body }
    case 'patch':
      return { method: 'PATCH', path: op.path, contentType: 'application/json-patch+json', body: op.body }
    case 'delete':
      return { method: 'DELETE', path: op.path, contentType: 'application/json', body: deleteOptions(op) }
  }
}

function deleteOptions(op: DeleteOperation) {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(op.uid ? { preconditions: { uid: op.uid } } : {}),
    ...(op.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: op.gracePeriodSeconds }),
  }
}
