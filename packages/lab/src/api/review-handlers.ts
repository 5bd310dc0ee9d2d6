import type { Identity } from '../ports.ts'
import { objectAnswer, timestamp, type Answer, type ApiContext, type Call } from './call.ts'
import { parseBody } from './object-decoder.ts'
import type { AccessAttributes, Decision } from './rbac.ts'
import { groupVersion, type ResourceDefinition } from './resource-definition.ts'
import { badRequest } from './status-error.ts'
import { writerOf } from './write-support.ts'
import { trackUpdate } from './managed-fields.ts'

type Json = any // any: review objects, checked here

function attributesOf(spec: Json): AccessAttributes {
  const { resourceAttributes: r, nonResourceAttributes: n } = spec ?? {}
  if ((r && n) || (!r && !n))
    throw badRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified')
  if (n) return { resourceRequest: false, verb: n.verb ?? '', path: n.path ?? '' }
  const { verb = '', group = '', resource = '', subresource = '', namespace = '', name = '' } = r
  return { resourceRequest: true, verb, group, resource, subresource, namespace, name }
}

const statusOf = (decision: Decision): object => ({
  allowed: decision.allowed,
  ...(decision.reason ? { reason: decision.reason } : {}),
})

type Reviewer = (context: ApiContext, call: Call, value: Json) => { spec?: Json; status: Json }

const REVIEWERS: Record<string, Reviewer> = {
  selfsubjectaccessreviews: (context, call, value) => ({
    spec: value.spec,
    status: statusOf(context.authorize(call.identity, attributesOf(value.spec))),
  }),
  subjectaccessreviews: (context, _call, value) => ({
    spec: value.spec,
    status: statusOf(context.authorize(subjectOf(value.spec), attributesOf(value.spec))),
  }),
  localsubjectaccessreviews(context, call, value) {
    if (value.spec?.resourceAttributes?.namespace !== call.info.namespace)
      throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${call.info.namespace}`)
    return { spec: value.spec, status: statusOf(context.authorize(subjectOf(value.spec), attributesOf(value.spec))) }
  },
  selfsubjectrulesreviews(context, call, value) {
    const namespace = value.spec?.namespace
    if (!namespace) throw badRequest('no namespace on request')
    const rules = context.rbac.rulesFor(call.identity, namespace)
    return {
      spec: {},
      status: {
        resourceRules: rules
          .filter((r) => r.resources?.length)
          .map(({ verbs, apiGroups, resources, resourceNames }) => ({
            verbs,
            apiGroups,
            resources,
            ...(resourceNames ? { resourceNames } : {}),
          })),
        nonResourceRules: rules
          .filter((r) => r.nonResourceURLs?.length)
          .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
        incomplete: false,
      },
    }
  },
  selfsubjectreviews: (_context, call) => ({ status: { userInfo: userInfo(call.identity) } }),
  tokenreviews(context, _call, value) {
    const { token, audiences = [] } = value.spec ?? {}
    const found = typeof token === 'string' ? context.authenticateToken(token) : undefined
    const shared =
      audiences.length > 0 ? (found?.audiences ?? []).filter((a) => audiences.includes(a)) : found?.audiences
    const ok = found !== undefined && (audiences.length === 0 || shared!.length > 0)
    return {
      spec: value.spec,
      status: ok
        ? { authenticated: true, user: userInfo(found.identity), audiences: shared }
        : { user: {}, error: 'invalid bearer token' },
    }
  },
}

const subjectOf = (spec: Json): Identity => ({ username: spec?.user ?? '', groups: spec?.groups ?? [], uid: spec?.uid })

const userInfo = ({ username, uid, groups, extra }: Identity): object => ({
  username,
  ...(uid ? { uid } : {}),
  groups,
  ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
})

/** Reviews: resources that are only created, answered and never stored. */
export function review(context: ApiContext, definition: ResourceDefinition, call: Call): Answer | undefined {
  const reviewer = REVIEWERS[definition.plural]
  if (!reviewer) return undefined
  const value = parseBody(call.body, call.headers['content-type'] ?? 'application/json', definition.kind)
  const head = { kind: definition.kind, apiVersion: groupVersion(definition) }
  const { spec, status } = reviewer(context, call, value ?? {})
  const initial =
    definition.plural === 'selfsubjectreviews'
      ? { status: { userInfo: {} } }
      : { spec: value?.spec ?? {}, status: definition.plural.endsWith('accessreviews') ? { allowed: false } : {} }
  call.audit.setRequestObject({ ...head, metadata: {}, ...initial })
  const plain = definition.plural === 'selfsubjectrulesreviews' || definition.plural === 'selfsubjectreviews'
  const after: Json = { ...head, metadata: {}, ...(spec === undefined ? {} : { spec }) }
  const metadata = plain
    ? definition.plural === 'selfsubjectreviews'
      ? { creationTimestamp: timestamp(context.now()) }
      : {}
    : { managedFields: trackUpdate(undefined, after, writerOf(context, definition, call)) }
  return objectAnswer(201, { ...after, metadata, status })
}
