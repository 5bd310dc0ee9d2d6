import { addressesOf, namespaceLabels } from './end.ts'
import type { PodEnd } from './end.ts'
import { parsePolicy, parseTier } from './parse-policy.ts'
import type { TierObject } from './parse-policy.ts'
import { buildStack } from './policy-stack.ts'
import type { PolicyStack } from './policy-stack.ts'
import type { Direction, ParsedPolicy } from './rule.ts'
import type { World, WorldPod } from './world.ts'

/** A world read once: parsed policies and, on demand, what decides each pod. Later changes to the world are not seen. */
export interface WorldView {
  world: World
  policies: ParsedPolicy[]
  tiers: TierObject[]
  /** The pod once per address it has (once, without address, if it has none that can be read). */
  ends(pod: WorldPod): PodEnd[]
  stack(pod: WorldPod, direction: Direction): PolicyStack
}

export function viewWorld(world: World): WorldView {
  const objects = world.policies ?? []
  const policies = objects.flatMap(parsePolicy)
  const tiers = objects.map(parseTier).filter((tier) => tier !== null)
  const ends = new Map<WorldPod, PodEnd[]>()
  const stacks = new Map<WorldPod, Partial<Record<Direction, PolicyStack>>>()
  const view: WorldView = {
    world,
    policies,
    tiers,
    ends(pod) {
      const known = ends.get(pod) ?? readEnds(world, pod)
      ends.set(pod, known)
      return known
    },
    stack(pod, direction) {
      const known = stacks.get(pod) ?? {}
      stacks.set(pod, known)
      const self = view.ends(pod)[0]
      if (!self) throw new TypeError(`pod ${pod.namespace}/${pod.name} has no network end`)
      // Policies do not reach a pod in its node's network namespace.
      return (known[direction] ??= buildStack(self, direction, pod.hostNetwork ? [] : policies, tiers))
    },
  }
  return view
}

function readEnds(world: World, pod: WorldPod): PodEnd[] {
  const labels = namespaceLabels(world, pod.namespace)
  const safe: WorldPod = { ...pod, labels: pod.labels ?? {}, ports: pod.ports ?? {} }
  const addresses = addressesOf(pod)
  const base = { kind: 'pod' as const, pod: safe, namespaceLabels: labels }
  if (addresses.length === 0) return [{ ...base, address: undefined, family: 4 }]
  return addresses.map((address) => ({ ...base, address, family: address.family }))
}
