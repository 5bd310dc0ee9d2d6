/** The `metav1.Status` object of a failed (or plainly successful) request. */
export interface Status {
  kind: 'Status'
  apiVersion: 'v1'
  metadata: { continue?: string }
  status: 'Success' | 'Failure'
  message?: string
  reason?: string
  details?: StatusDetails
  code?: number
}

export interface StatusDetails {
  name?: string
  group?: string
  kind?: string
  uid?: string
  causes?: StatusCause[]
  retryAfterSeconds?: number
}

export interface StatusCause {
  reason?: string
  message?: string
  field?: string
}

/** What errors need to know of a resource: `pods`, `deployments` in `apps` … */
export interface Named {
  group: string
  plural: string
  kind: string
}

/** A refused request; carries the Status that goes to the client. */
export class StatusError extends Error {
  readonly status: Status
  readonly code: number
  /** Answered as text instead of a Status (`404 page not found`). */
  readonly plain: boolean

  constructor(
    code: number,
    reason: string | undefined,
    message: string,
    extra: { details?: StatusDetails; continue?: string; plain?: boolean } = {},
  ) {
    super(message)
    this.code = code
    this.plain = extra.plain ?? false
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: extra.continue ? { continue: extra.continue } : {},
      status: 'Failure',
      message,
      ...(reason ? { reason } : {}),
      ...(extra.details ? { details: extra.details } : {}),
      code,
    }
  }
}

const qualified = (plural: string, group: string) => (group ? `${plural}.${group}` : plural)

const details = (of: Named, name: string, kind = of.plural): StatusDetails => ({
  ...(name ? { name } : {}),
  ...(of.group ? { group: of.group } : {}),
  kind,
})

export const notFound = (of: Named, name: string): StatusError =>
  new StatusError(404, 'NotFound', `${qualified(of.plural, of.group)} "${name}" not found`, {
    details: details(of, name),
  })

export const alreadyExists = (of: Named, name: string): StatusError =>
  new StatusError(409, 'AlreadyExists', `${qualified(of.plural, of.group)} "${name}" already exists`, {
    details: details(of, name),
  })

export const staleVersion = (of: Named, name: string): StatusError =>
  conflict(of, name, 'the object has been modified; please apply your changes to the latest version and try again')

export const conflict = (of: Named, name: string, why: string): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(of.plural, of.group)} "${name}": ${why}`,
    {
      details: details(of, name),
    },
  )

/** A DELETE whose preconditions do not hold; names the kind where other conflicts name the resource. */
export const preconditionFailed = (of: Named, name: string, why: string): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(of.kind, of.group)} "${name}": ${why}`,
    {
      details: details(of, name, of.kind),
    },
  )

export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message)

export const forbidden = (of: Named, name: string, why: string, causes?: StatusCause[]): StatusError => {
  const subject = name ? `${qualified(of.plural, of.group)} "${name}"` : qualified(of.plural, of.group)
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, {
    details: { ...details(of, name), ...(causes ? { causes } : {}) },
  })
}

export const unauthorized = (): StatusError => new StatusError(401, 'Unauthorized', 'Unauthorized')

export const unknownResource = (): StatusError =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', { details: {} })

export const pageNotFound = (): StatusError => new StatusError(404, undefined, '404 page not found\n', { plain: true })

export const methodNotAllowed = (): StatusError =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {
    details: {},
  })

export const internalError = (message: string): StatusError =>
  new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { details: { causes: [{ message }] } })

export const expired = (message: string, next?: string): StatusError =>
  new StatusError(410, 'Expired', message, next ? { continue: next } : {})

/** A field that validation refuses. */
export interface FieldError {
  type:
    | 'Invalid value'
    | 'Required value'
    | 'Unsupported value'
    | 'Forbidden'
    | 'Duplicate value'
    | 'Not found'
    | 'Too long'
  field: string
  /** The offending value as the message quotes it; left out for `Required` and `Forbidden`. */
  value?: unknown
  detail?: string
}

const CAUSE_REASONS: Record<FieldError['type'], string> = {
  'Invalid value': 'FieldValueInvalid',
  'Required value': 'FieldValueRequired',
  'Unsupported value': 'FieldValueNotSupported',
  Forbidden: 'FieldValueForbidden',
  'Duplicate value': 'FieldValueDuplicate',
  'Not found': 'FieldValueNotFound',
  'Too long': 'FieldValueTooLong',
}

const goValue = (value: unknown): string => (value === undefined ? 'null' : JSON.stringify(value))

const fieldMessage = (error: FieldError): string => {
  const head =
    error.value === undefined || error.type === 'Too long' ? error.type : `${error.type}: ${goValue(error.value)}`
  return error.detail ? `${head}: ${error.detail}` : head
}

/** 422 with one cause per field error; equal ones are repeated in the causes but not in the message, as the server does. */
export function invalid(of: { group: string; kind: string }, name: string, errors: FieldError[]): StatusError {
  const causes = errors.map((e) => ({ reason: CAUSE_REASONS[e.type], message: fieldMessage(e), field: e.field }))
  const lines = [...new Set(causes.map((c) => `${c.field}: ${c.message}`))]
  const list = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`
  return new StatusError(422, 'Invalid', `${qualified(of.kind, of.group)} "${name}" is invalid: ${list}`, {
    details: { ...(name ? { name } : {}), ...(of.group ? { group: of.group } : {}), kind: of.kind, causes },
  })
}
