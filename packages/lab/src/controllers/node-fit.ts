import type { KubeObject } from '../ports.ts'
import { meets } from './label-selector.ts'

interface Taint {
  key: string
  value?: string
  effect: string
}

interface Toleration {
  key?: string
  operator?: string
  value?: string
  effect?: string
}

type PodSpec = any // any: as stored, checked by nobody

/** Why a pod may not run on a node, in the scheduler's words; undefined when it may. */
export function unfitReason(spec: PodSpec, node: KubeObject): string | undefined {
  const labels = node.metadata.labels ?? {}
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) {
    if (labels[key] !== value) return "didn't match Pod's node affinity/selector"
  }
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (required && !required.some((term: NodeTerm) => termMatches(term, node))) {
    return "didn't match Pod's node affinity/selector"
  }
  const taint = untolerated(spec.tolerations ?? [], taintsOf(node))
  return taint ? `had untolerated taint {${taint.key}: ${taint.value ?? ''}}` : undefined
}

interface NodeTerm {
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
  matchFields?: { key: string; operator: string; values?: string[] }[]
}

function termMatches(term: NodeTerm, node: KubeObject): boolean {
  const fields = { 'metadata.name': node.metadata.name }
  return (
    (term.matchExpressions ?? []).every((rule) => meets(rule, node.metadata.labels ?? {})) &&
    (term.matchFields ?? []).every((rule) => meets(rule, fields))
  )
}

function taintsOf(node: KubeObject): Taint[] {
  const taints: Taint[] = [...(node.spec?.taints ?? [])]
  if (node.spec?.unschedulable && !taints.some((taint) => taint.key === 'node.kubernetes.io/unschedulable')) {
    taints.push({ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' })
  }
  return taints
}

function untolerated(tolerations: Toleration[], taints: Taint[]): Taint | undefined {
  return taints.find(
    (taint) => taint.effect !== 'PreferNoSchedule' && !tolerations.some((toleration) => tolerates(toleration, taint)),
  )
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false
  if (toleration.key && toleration.key !== taint.key) return false
  return toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '')
}
