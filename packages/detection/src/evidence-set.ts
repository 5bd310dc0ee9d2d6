import { entityKey } from '@cordon/entities'
import type { EntityKind, Evidence, EvidenceRole, Relation } from '@cordon/entities'
import { parseImage } from './image-reference.ts'

const maxEvidence = 60
const maxName = 253

/** Collects what a match names: each entity once, relations only between entities that are there. */
export class EvidenceSet {
  private readonly byKey = new Map<string, Evidence>()
  private readonly links = new Map<string, Relation>()
  private readonly keys = new Map<object, string>()
  readonly cluster: string

  constructor(cluster: string) {
    this.cluster = cluster
    this.add('cluster', [cluster], cluster, 'contextual')
  }

  get clusterKey(): string {
    return entityKey('cluster', this.cluster)
  }

  /** Adds an entity, or completes the one already there: a telling role and known facts are kept. */
  add(
    kind: EntityKind,
    parts: string[],
    name: string,
    role: EvidenceRole,
    more: { uid?: string; facts?: Record<string, string | number | boolean | undefined> } = {},
  ): string {
    // Keys are limited to 2048 characters; percent encoding can triple each part.
    const key = entityKey(kind, ...parts.map((part) => part.slice(0, 512))).slice(0, 2048)
    const facts: Evidence['facts'] = {}
    for (const [fact, value] of Object.entries(more.facts ?? {}))
      if (value !== undefined && value !== '') facts[fact] = typeof value === 'string' ? value.slice(0, 2048) : value
    const known = this.byKey.get(key)
    if (known) {
      if (known.role === 'contextual') known.role = role
      known.uid ??= more.uid
      Object.assign(known.facts, facts)
    } else if (this.byKey.size < maxEvidence) {
      const evidence: Evidence = { key, kind, name: name.slice(0, maxName), role, facts }
      if (more.uid !== undefined) evidence.uid = more.uid
      this.byKey.set(key, evidence)
    }
    return key
  }

  /** Several extractors name the same pod and container: `add` runs for the first. */
  once(thing: object, add: () => string): string {
    let key = this.keys.get(thing)
    if (key === undefined) this.keys.set(thing, (key = add()))
    return key
  }

  relate(from: string | undefined, label: string, to: string | undefined): void {
    if (from === undefined || to === undefined || from === to) return
    this.links.set(`${from}\n${label}\n${to}`, { from, to, label })
  }

  namespace(name: string): string {
    const key = this.add('namespace', [this.cluster, name], name, 'contextual')
    this.relate(this.clusterKey, 'contains', key)
    return key
  }

  node(name: string, role: EvidenceRole = 'contextual'): string {
    const key = this.add('node', [this.cluster, name], name, role)
    this.relate(this.clusterKey, 'contains', key)
    return key
  }

  /** A container image and the registry it comes from. */
  image(reference: string, facts: Record<string, string | undefined> = {}): string {
    const parsed = parseImage(reference)
    const key = this.add('image', [reference], reference, 'contextual', {
      facts: { ...facts, repository: parsed?.repository, tag: parsed?.tag, digest: parsed?.digest },
    })
    if (parsed) this.relate(key, 'from', this.add('registry', [parsed.registry], parsed.registry, 'contextual'))
    return key
  }

  merge(evidence: Evidence[], relations: Relation[]): void {
    for (const one of evidence) {
      const known = this.byKey.get(one.key)
      if (known) Object.assign(known.facts, one.facts)
      else if (this.byKey.size < maxEvidence) this.byKey.set(one.key, structuredClone(one))
    }
    for (const relation of relations) this.relate(relation.from, relation.label, relation.to)
  }

  finish(): { evidence: Evidence[]; relations: Relation[] } {
    const relations = [...this.links.values()].filter((link) => this.byKey.has(link.from) && this.byKey.has(link.to))
    return { evidence: [...this.byKey.values()], relations }
  }
}
