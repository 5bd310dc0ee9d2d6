/** The closed list of refusals and failures; each maps to one HTTP status. */
export const problemStatus = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  'unsupported-media': 415,
  'cluster-refused': 422,
  'too-many': 429,
  internal: 500,
  unavailable: 503,
} as const

export type ProblemCode = keyof typeof problemStatus

/** RFC 9457 body. `type` is `urn:cordon:problem:<code>`; `detail` says what to do; `errors` points at fields. */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  instance?: string
  requestId?: string
  errors?: { path: string; message: string }[]
}
