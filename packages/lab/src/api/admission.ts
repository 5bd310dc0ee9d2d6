import type { KubeObject } from '../ports.ts'
import type { ApiContext, Call } from './call.ts'
import { nodeOf } from './node-authorizer.ts'
import { admitPod, admitServiceAccount } from './pod-defaults.ts'
import { uncoveredRules, type PolicyRule } from './rbac.ts'
import type { ResourceDefinition } from './resource-definition.ts'
import { allocateClusterAddress } from './service-address.ts'
import { forbidden } from './status-error.ts'

const MIRROR = 'kubernetes.io/config.mirror'

/** Changes and checks that need more than the object itself, before validation. `old` is given for updates. */
export function admit(
  context: ApiContext,
  definition: ResourceDefinition,
  call: Call,
  change: { object: KubeObject; old?: KubeObject },
): void {
  const { object, old } = change
  // Subresources share parts of the stored object, which nobody may change; and admission has nothing to say to them.
  if (call.info.subresource !== '') return
  if (definition.storage === '/pods') {
    if (!old) admitNewPod(context, definition, call, object)
    call.audit.annotations['pod-security.kubernetes.io/enforce-policy'] = 'privileged:latest'
  }
  if (definition.storage === '/services') allocateClusterAddress(context, object, old)
  if (definition.group === 'rbac.authorization.k8s.io') admitRbac(context, definition, call, object)
  if (definition.storage === 'certificates.k8s.io/certificatesigningrequests' && !old) {
    const { username, uid, groups, extra } = call.identity
    object.spec = { ...object.spec, username, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) }
  }
}

function admitNewPod(context: ApiContext, definition: ResourceDefinition, call: Call, object: KubeObject): void {
  const mirror = object.metadata.annotations?.[MIRROR] !== undefined
  const node = nodeOf(call.identity)
  const { name, namespace = '' } = object.metadata
  if (node !== undefined) {
    if (!mirror)
      throw forbidden(
        definition,
        name,
        `pod does not have "${MIRROR}" annotation, node "${node}" can only create mirror pods`,
      )
    if (object.spec.nodeName !== node)
      throw forbidden(definition, name, `node "${node}" can only create pods with spec.nodeName set to itself`)
  }
  const account = object.spec.serviceAccountName || 'default'
  if (!mirror) {
    const stored = context.store.get('/serviceaccounts', `${namespace}/${account}`)
    if (!stored)
      throw forbidden(
        definition,
        name,
        `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`,
      )
    admitServiceAccount(object.spec, stored)
  }
  admitPriority(context, definition, object)
  admitPod(object.spec)
}

/** The number behind a priority class; an unknown class is refused. */
function admitPriority(context: ApiContext, definition: ResourceDefinition, object: KubeObject): void {
  const { priorityClassName } = object.spec
  if (!priorityClassName) return
  const found = context.store.get('scheduling.k8s.io/priorityclasses', priorityClassName)
  if (!found)
    throw forbidden(definition, object.metadata.name, `no PriorityClass with name ${priorityClassName} was found`)
  object.spec.priority = found.value ?? 0
  object.spec.preemptionPolicy ??= found.preemptionPolicy ?? 'PreemptLowerPriority'
}

/** Nobody grants rights they do not hold, unless they may `escalate` or `bind`. */
function admitRbac(context: ApiContext, definition: ResourceDefinition, call: Call, object: KubeObject): void {
  const { rbac } = context
  const namespace = object.metadata.namespace ?? ''
  const may = (verb: string, resource: string, name: string) =>
    rbac.authorize(call.identity, {
      resourceRequest: true,
      verb,
      group: definition.group,
      resource,
      subresource: '',
      namespace,
      name,
    }).allowed
  const { name } = object.metadata
  let wanted: PolicyRule[]
  if (definition.plural.endsWith('bindings')) {
    const { kind = '', name: role = '' } = object.roleRef ?? {}
    if (may('bind', kind === 'ClusterRole' ? 'clusterroles' : 'roles', role)) return
    wanted = rbac.rulesOf(kind, role, namespace) ?? []
  } else {
    if (may('escalate', definition.plural, name)) return
    wanted = object.rules ?? []
  }
  const missing = uncoveredRules(rbac.rulesFor(call.identity, namespace), wanted)
  if (missing.length === 0) return
  const { username, groups } = call.identity
  const lines = missing.map((rule) =>
    rule.nonResourceURLs
      ? `{NonResourceURLs:${JSON.stringify(rule.nonResourceURLs)}, Verbs:${JSON.stringify(rule.verbs)}}`
      : `{APIGroups:${JSON.stringify(rule.apiGroups)}, Resources:${JSON.stringify(rule.resources)}, Verbs:${JSON.stringify(rule.verbs)}}`,
  )
  throw forbidden(
    definition,
    name,
    `user "${username}" (groups=${JSON.stringify(groups).replaceAll(',', ' ')}) is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}`,
  )
}
