import type { Decision } from '@cordon/rbac'
import type { Action, ActionOptions, ActionTarget, ActionType, Preflight, PreflightCheck } from './action.ts'
import type { ClusterView } from './cluster-view.ts'
import type { ContainmentPlan } from './containment/plan-containment.ts'
import type { ContainmentKind } from './markers.ts'
import type { NetworkPlugin } from './network-plugin.ts'
import type { CreateOperation, Operation } from './operation.ts'
import type { Right } from './rights.ts'

export interface PreflightInput {
  type: ActionType
  target: ActionTarget
  view: ClusterView
  options: ActionOptions
  /** Whether the person may act at all, by role. */
  permission: Decision
  /** Identity under which the plan would run. */
  who: { actionId: string; requestedBy: string; comment: string; at: string }
  /** The action of ours that is in force on the target and concerns this type: its containment, or what it undoes. */
  current: Current | null
}

export interface Current {
  id: string
  type: ActionType
  state: Action['state']
  requestedBy: string
  /** What an undo must know, where the cluster doesn't carry it. */
  undo?: Undo
}

/** What was there before, for the action that puts it back. */
export interface Undo {
  replicas?: number
}

/** The input of a definition's questions, with what every one of them needs to know. */
export interface Facts extends PreflightInput {
  plugin: NetworkPlugin | undefined
}

export interface Plan {
  operations: Operation[]
  containment?: ContainmentPlan
  /** For an undo: id of the containment whose objects and labels are removed. */
  releases?: string
  undo?: Undo
}

/** What the active probe found; `null` when none could be made. */
export interface ProbeResult {
  at: string
  /** The tried port of the pod: did a new connection open? */
  target: 'connected' | 'blocked' | 'unknown'
  /** The control target, which must be reachable for the result to mean anything. */
  control: 'connected' | 'blocked' | 'unknown'
  text: string
  details?: unknown
}

/** A connection of the pod that a sensor saw succeed. */
export interface SeenConnection {
  at: string
  text: string
  ip?: string
  port?: number
}

/** Everything a verdict is made of. */
export interface Judged {
  view: ClusterView
  actionId: string
  target: Pick<ActionTarget, 'uid' | 'name' | 'namespace'>
  /** The objects that were created, as planned. */
  parts: CreateOperation[]
  releases: string | undefined
  plugin: NetworkPlugin | undefined
  probe: ProbeResult | null
  /** Connections of the pod that a sensor saw succeed after the policy was in force. */
  connectionsSeen: SeenConnection[]
  now: string
  deadline: string
  /** The containment was in force before: what is missing now is broken, not late. */
  wasInForce: boolean
  /** Open paths that were there from the start of a partial containment; only others make it broken. */
  acceptedPaths: string[]
  /** A probe is still expected; without it the verdict stays `applied` until the deadline. */
  probeExpected: boolean
}

export interface Verdict {
  state: Extract<Action['state'], 'applied' | 'verified' | 'partly' | 'not-verified' | 'broken' | 'released' | 'gone'>
  outcome: string
  verification: NonNullable<Action['verification']>
}

/** A response action, whole: what it needs, writes, causes and proves. Everything else reads this. */
export interface ActionDefinition {
  target: 'pod' | 'workload'
  /** What it writes, in all the ways it can be done (`rightsOf`: in one of them). */
  rights: Right[]
  /** How long its verification may take. */
  deadlineMs: number
  /** Evidence is captured before the first write. */
  captures?: boolean
  /** It leaves this in force: watched afterwards, undone by `undoneBy`, may expire. */
  contains?: ContainmentKind
  undoneBy?: ActionType
  /** The action types whose effect it ends. */
  undoes?: ActionType[]
  /** What it destroys can't be brought back: due for review. */
  irreversible?: boolean
  /** Requirements beyond permission, connection, existence and rights, in the order a person reads them. */
  checks(facts: Facts): PreflightCheck[]
  /** Undefined = there is nothing to do it to. Called only when no check failed. */
  plan(facts: Facts): Plan | undefined
  strategy(facts: Facts, plan: Plan | undefined): NonNullable<Preflight['strategy']>
  consequences(facts: Facts, plan: Plan | undefined): Preflight['consequences']
  options(facts: Facts, plan: Plan | undefined): Preflight['options']
  judge(judged: Judged): Verdict
}

/** Types a definition's literal without widening it. */
export function defineAction(definition: ActionDefinition): ActionDefinition {
  return definition
}
