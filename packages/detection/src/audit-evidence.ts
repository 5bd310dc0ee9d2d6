import type { EntityKind, EvidenceRole } from '@cordon/entities'
import type { AuditFacts } from './audit-facts.ts'
import type { EvidenceSet } from './evidence-set.ts'
import { workloadKinds } from './pod-facts.ts'
import { displayLine } from './display-line.ts'

interface AuditMatch {
  facts: AuditFacts
  verb: string
  set: EvidenceSet
}

type Extractor = (match: AuditMatch, role: EvidenceRole | undefined) => void

/** Extractors a rule on audit events may name in `cordon.evidence`. */
export const auditExtractors: Record<string, Extractor> = {
  /** Who asked: user or service account, and the pod whose token it was. */
  actor: ({ facts, set }, role) => {
    const key = actorKey(facts, set, role ?? 'suspicious')
    if (facts.actor.pod && facts.actor.namespace) {
      const pod = set.add(
        'pod',
        [set.cluster, facts.actor.namespace, facts.actor.pod],
        facts.actor.pod,
        'compromised',
        {
          facts: { namespace: facts.actor.namespace },
        },
      )
      set.relate(set.namespace(facts.actor.namespace), 'contains', pod)
      set.relate(key, 'used by', pod)
    }
    if (facts.impersonated) {
      const name = facts.impersonated.name
      set.relate(
        key,
        'impersonated',
        set.add('user', [set.cluster, name], name, 'attacked', {
          facts: { groups: facts.impersonated.groups.join(', ') },
        }),
      )
    }
  },
  /** The address the API server saw; what the client claimed is left out. */
  source: ({ facts, set }, role) => {
    if (facts.source.ip === undefined) return
    const ip = set.add('ip', [facts.source.ip], facts.source.ip, role ?? 'source', {
      facts: { class: facts.source.class, forwarded: facts.source.relayed },
    })
    set.relate(ip, 'source of', actorKey(facts, set, 'suspicious'))
  },
  /** The object of the request, with containers and images where it has a pod template. */
  object: ({ facts, verb, set }, role) => {
    const key = objectKey(facts, set, role ?? defaultRole(verb))
    if (key === undefined) return
    set.relate(actorKey(facts, set, 'suspicious'), verbLabel(verb), key)
    if (facts.pod) addPodTemplate(facts, set, key)
    addReferences(facts, set, key)
  },
}

function defaultRole(verb: string): EvidenceRole {
  if (verb === 'create') return 'created'
  return verb === 'update' || verb === 'patch' ? 'edited' : 'attacked'
}

function verbLabel(verb: string): string {
  const labels: Record<string, string> = {
    create: 'created',
    update: 'edited',
    patch: 'edited',
    delete: 'deleted',
    deletecollection: 'deleted',
    get: 'read',
    list: 'listed',
    watch: 'watched',
  }
  return labels[verb] ?? 'requested'
}

function actorKey(facts: AuditFacts, set: EvidenceSet, role: EvidenceRole): string {
  const { actor, agent } = facts
  const more = { userAgent: agent.text, groups: actor.groups.join(', ') }
  if (actor.kind === 'service-account' && actor.namespace && actor.account) {
    const key = set.add('service-account', [set.cluster, actor.namespace, actor.account], actor.account, role, {
      facts: { ...more, namespace: actor.namespace },
    })
    set.relate(set.namespace(actor.namespace), 'contains', key)
    return key
  }
  const node = actor.kind === 'node' ? actor.name.slice('system:node:'.length) : undefined
  if (node) return set.add('node', [set.cluster, node], node, role, { facts: more })
  return set.add('user', [set.cluster, actor.name || 'unknown'], actor.name || 'unknown', role, { facts: more })
}

const kinds: Record<string, { kind: EntityKind; namespaced: boolean }> = {
  pods: { kind: 'pod', namespaced: true },
  services: { kind: 'service', namespaced: true },
  secrets: { kind: 'secret', namespaced: true },
  serviceaccounts: { kind: 'service-account', namespaced: true },
  namespaces: { kind: 'namespace', namespaced: false },
  nodes: { kind: 'node', namespaced: false },
  roles: { kind: 'role', namespaced: true },
  clusterroles: { kind: 'role', namespaced: true },
  rolebindings: { kind: 'role-binding', namespaced: true },
  clusterrolebindings: { kind: 'role-binding', namespaced: true },
}

/** Key of the request's object; undefined for lists, and for kinds that no graph shows. */
function objectKey(facts: AuditFacts, set: EvidenceSet, role: EvidenceRole): string | undefined {
  const base = facts.resource.split('/')[0]!
  const { name, namespace, uid } = facts.object
  const parent = namespace ? set.namespace(namespace) : set.clusterKey
  if (name === undefined) return namespace ? parent : undefined
  const workload = Object.hasOwn(workloadKinds, base) ? workloadKinds[base] : undefined
  const known = Object.hasOwn(kinds, base) ? kinds[base] : undefined
  const more = {
    uid,
    facts: { namespace, command: facts.command === undefined ? undefined : displayLine(facts.command) },
  }
  let key: string | undefined
  if (workload)
    key = set.add('workload', [set.cluster, namespace ?? '', workload, name], name, role, {
      uid,
      facts: { kind: workload, namespace },
    })
  else if (known)
    key = set.add(
      known.kind,
      known.namespaced ? [set.cluster, namespace ?? '', name] : [set.cluster, name],
      name,
      role,
      more,
    )
  set.relate(parent, 'contains', key)
  return key
}

function addPodTemplate(facts: AuditFacts, set: EvidenceSet, key: string): void {
  const { pod, object } = facts
  if (!pod) return
  if (pod.node) set.relate(key, 'runs on', set.node(pod.node))
  if (pod.serviceAccount && object.namespace)
    set.relate(
      set.add(
        'service-account',
        [set.cluster, object.namespace, pod.serviceAccount],
        pod.serviceAccount,
        'contextual',
        { facts: { namespace: object.namespace } },
      ),
      'used by',
      key,
    )
  const isPod = facts.resource.startsWith('pods')
  for (const container of pod.containers.slice(0, 10)) {
    const image = container.image === undefined ? undefined : set.image(container.image)
    if (!isPod || !object.namespace || !object.name) {
      set.relate(key, 'uses', image)
      continue
    }
    const added = set.add(
      'container',
      [set.cluster, object.namespace, object.name, container.name],
      container.name,
      container.privileged ? 'suspicious' : 'contextual',
      {
        facts: { kind: container.kind, privileged: container.privileged, image: container.image },
      },
    )
    set.relate(key, 'runs', added)
    set.relate(added, 'uses', image)
  }
  for (const path of pod.hostPaths.slice(0, 10))
    set.relate(
      key,
      'mounts',
      set.add('file', [set.cluster, pod.node ?? '', path], path, 'attacked', { facts: { where: 'path on the node' } }),
    )
}

function addReferences(facts: AuditFacts, set: EvidenceSet, key: string): void {
  if (facts.binding) {
    const namespace = facts.binding.roleKind === 'Role' ? (facts.object.namespace ?? '') : ''
    set.relate(
      key,
      'grants',
      set.add('role', [set.cluster, namespace, facts.binding.role], facts.binding.role, 'contextual', {
        facts: { kind: facts.binding.roleKind },
      }),
    )
    for (const subject of facts.binding.subjects.slice(0, 10)) set.relate(key, 'to', subjectKey(subject, set))
  }
  for (const url of facts.webhook?.externalUrls.slice(0, 5) ?? []) {
    const host = URL.parse(url)?.hostname
    if (host)
      set.relate(set.add('domain', [host], host, 'destination', { facts: { url } }), 'called by', set.clusterKey)
  }
}

function subjectKey(subject: string, set: EvidenceSet): string {
  const [kind = '', ...rest] = subject.split(':')
  if (kind === 'ServiceAccount' && rest.length === 2)
    return set.add('service-account', [set.cluster, rest[0]!, rest[1]!], rest[1]!, 'suspicious', {
      facts: { namespace: rest[0] },
    })
  const name = rest.join(':')
  return set.add('user', [set.cluster, name], name, 'suspicious', { facts: { kind } })
}
