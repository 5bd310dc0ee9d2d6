import type { Action } from '@cordon/response'
import type { KubeAnswer, KubeClient } from './kube-client.ts'

export interface ActingClient {
  client: KubeClient
  actsAs: NonNullable<Action['actsAs']>
}

/**
 * A client whose writes show in the cluster's audit log who asked for them: as that person, where our account may
 * impersonate them and they may do it themselves; else by the user agent, beside the annotation on what we create.
 */
export async function onBehalfOf(
  client: KubeClient,
  who: { person: string; actionId: string },
  needs: { verb: string; group: string; resource: string; namespace: string }[],
): Promise<ActingClient> {
  const comment = `on behalf of ${printable(who.person)}; ${who.actionId}`
  const may =
    isPerson(who.person) && (await mayImpersonate(client, who.person)) && (await mayDo(client, who.person, needs))
  const headers = may ? { 'impersonate-user': who.person } : undefined
  return {
    actsAs: may ? 'impersonation' : 'annotation',
    client: {
      ...client,
      request: (request) =>
        client.request(
          isWrite(request.method) ? { ...request, comment, headers: { ...request.headers, ...headers } } : request,
        ),
    },
  }
}

// Tokens and our own jobs are no people of the cluster, and `system:` names must never be taken on.
function isPerson(name: string): boolean {
  return name !== 'system' && !name.includes(':') && printable(name) === name
}

function isWrite(method: string | undefined): boolean {
  return method !== undefined && method !== 'GET'
}

async function mayImpersonate(client: KubeClient, person: string): Promise<boolean> {
  return isAllowed(await review(client, { verb: 'impersonate', group: '', resource: 'users', name: person }))
}

async function mayDo(client: KubeClient, person: string, needs: Parameters<typeof onBehalfOf>[2]): Promise<boolean> {
  const answers = await Promise.all(needs.map((n) => review(client, n, { 'impersonate-user': person })))
  return answers.every(isAllowed)
}

function review(client: KubeClient, attributes: Record<string, string>, headers?: Record<string, string>) {
  const [resource, subresource] = (attributes.resource ?? '').split('/')
  return client
    .request({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { ...attributes, resource, ...(subresource ? { subresource } : {}) } },
      },
      ...(headers ? { headers } : {}),
    })
    .catch((): KubeAnswer => ({ status: 0, body: null })) // no answer = not allowed; the write itself will tell why
}

function isAllowed(answer: KubeAnswer): boolean {
  return answer.status === 201 && answer.body?.status?.allowed === true
}

// Header values: printable ASCII without what ends a comment.
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]|[()\\;]/g, '?').slice(0, 100)
}
