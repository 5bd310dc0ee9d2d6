import type { Identity } from '../ports.ts'
import type { AccessAttributes, Decision } from './rbac.ts'
import { badRequest } from './status-error.ts'

type Check = (attributes: Extract<AccessAttributes, { resourceRequest: true }>) => Decision

const EXTRA = 'impersonate-extra-'
const AUTHENTICATION = 'authentication.k8s.io'

/**
 * The identity the `Impersonate-*` headers ask for; undefined without them. Header values are lines, one per header.
 * @throws what `refuse` makes of a missing right, 400 for headers without a user.
 */
export function impersonatedIdentity(
  headers: Record<string, string>,
  check: Check,
  refuse: (attributes: Parameters<Check>[0], decision: Decision) => Error,
): Identity | undefined {
  const lines = (name: string) => headers[name]?.split('\n').filter((line) => line !== '') ?? []
  const [username] = lines('impersonate-user')
  const groups = lines('impersonate-group')
  const [uid] = lines('impersonate-uid')
  const extraHeaders = Object.keys(headers).filter((name) => name.startsWith(EXTRA))
  if (!username) {
    if (groups.length > 0 || uid || extraHeaders.length > 0)
      throw badRequest('requested impersonation without impersonating a user')
    return undefined
  }
  const require = (
    group: string,
    resource: string,
    name: string,
    more: { namespace?: string; subresource?: string } = {},
  ) => {
    const attributes = {
      resourceRequest: true as const,
      verb: 'impersonate',
      group,
      resource,
      subresource: more.subresource ?? '',
      namespace: more.namespace ?? '',
      name,
    }
    const decision = check(attributes)
    if (!decision.allowed) throw refuse(attributes, decision)
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username)
  if (account) require('', 'serviceaccounts', account[2]!, { namespace: account[1]! })
  else require('', 'users', username)
  for (const group of groups) require('', 'groups', group)
  if (uid) require(AUTHENTICATION, 'uids', uid)
  const extra: Record<string, string[]> = {}
  for (const header of extraHeaders) {
    const key = decodeURIComponent(header.slice(EXTRA.length))
    extra[key] = lines(header)
    for (const value of extra[key]) require(AUTHENTICATION, 'userextras', value, { subresource: key })
  }
  const own =
    account && groups.length === 0 ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : groups
  const everyone = username === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated'
  return {
    username,
    ...(uid ? { uid } : {}),
    groups: own.includes(everyone) ? own : [...own, everyone],
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  }
}
