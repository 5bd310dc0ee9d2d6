import type { Identity, KubeApi, NetworkRequest, NetworkResponse } from '../ports.ts'

const ANONYMOUS: Identity = { username: 'system:anonymous', groups: ['system:unauthenticated'] }

/** The API server as pods reach it over the network: the bearer token decides who asks, the pod's address is recorded. */
export async function answerFromApi(api: KubeApi, request: NetworkRequest): Promise<NetworkResponse> {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key.toLowerCase(), value]))
  const token = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  const identity = token === undefined ? ANONYMOUS : api.authenticate(token)
  const reply = (status: number, body: unknown, extra: Record<string, string> = {}) => ({
    status,
    headers: { 'content-type': 'application/json', ...extra },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  if (!identity) {
    const status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    }
    return reply(401, status)
  }
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
  const method = methods.find((item) => item === request.method)
  if (!method) return reply(405, 'method not allowed')
  let body: unknown
  try {
    body = request.body === '' ? undefined : JSON.parse(request.body)
  } catch {
    body = request.body
  }
  const { authorization: _, ...passed } = headers
  const response = await api.handle({
    method,
    uri: request.path,
    headers: passed,
    ...(body === undefined ? {} : { body }),
    identity,
    userAgent: headers['user-agent'] ?? 'Go-http-client/2.0',
    sourceIPs: [request.sourceIP],
  })
  return reply(response.status, response.body, response.headers)
}
