import { type EntityKind, parseEntityKey } from '@cordon/entities'
import type { ActionType, Preflight } from '@cordon/response'

type Impact = NonNullable<Preflight['impact']>
type Flow = NonNullable<Impact['flows']>[number]

/** What an action would do to a tie between the pod and its surroundings. */
export type LinkEffect = 'stops' | 'stays-open' | 'starts' | 'unchanged'
/** What it would do to the other end itself. `lost` = a Service without any endpoint. */
export type EndMark = 'lost' | 'unanswered' | 'fewer' | 'replaced' | 'passed-over' | null

/** One end around the pod, tied to it by one line. */
export interface ImpactEnd {
  id: string
  /** Key of the entity, where it is one. */
  key: string | null
  kind: EntityKind | 'path' | 'budget'
  name: string
  /** Where it is drawn: what sends to the pod, what the pod sends to, who keeps it, what stays open whatever is done. */
  side: 'in' | 'out' | 'keeper' | 'path'
  effect: LinkEffect
  mark: EndMark
  /** The rest in words, e.g. port and process. */
  note: string
}

/** What confirming would change, ready to be drawn; every end is also a sentence of the list beside it. */
export interface WhatIf {
  type: ActionType
  targetKey: string
  targetName: string
  ends: ImpactEnd[]
  /** False = no sensor tells what the pod talks to, so no line for it can be drawn. */
  flowsKnown: boolean
}

/** The what-if of a preflight; undefined where it has no impact to draw. */
export function whatIfOf({ type, target, impact }: Preflight): WhatIf | undefined {
  if (!impact) return undefined
  // Names of the pod's own namespace go without it: what differs must be seen first.
  const near = `${target.namespace}/`
  const ends = [...services(impact), ...peers(impact.flows ?? []), ...keepers(impact), ...paths(impact)].map((end) =>
    end.name.startsWith(near) ? { ...end, name: end.name.slice(near.length) } : end,
  )
  return { type, targetKey: target.key, targetName: target.name, ends, flowsKnown: impact.flows !== null }
}

function services({ services: found }: Impact): ImpactEnd[] {
  return found.map(({ key, name, effect, otherEndpoints: others }) => {
    const rest = `${others} other${others === 1 ? '' : 's'}`
    const { mark, note } = {
      'loses-last-endpoint': { mark: 'lost', note: 'loses its last working endpoint' },
      'drops-pod': { mark: 'fewer', note: `drops it; has ${rest}` },
      'keeps-sending': { mark: 'unanswered', note: `sends on unanswered; has ${rest}` },
    }[effect] as Pick<ImpactEnd, 'mark' | 'note'> // the literal of one of its values
    return { id: key, key, kind: 'service', name, side: 'in', effect: 'stops', mark, note }
  })
}

/** One end for each peer, direction and effect, whatever its ports. What stays open comes first: it matters more. */
function peers(flows: readonly Flow[]): ImpactEnd[] {
  const groups = Map.groupBy(flows, (f) => `${f.direction} ${f.effect} ${f.peerKey ?? f.peer}`)
  return [...groups]
    .map(([id, group]): ImpactEnd => {
      const [first] = group as [Flow, ...Flow[]] // a group has at least one member
      const ports = [...new Set(group.map((f) => `${f.port}/${f.protocol}`))]
      const count = group.reduce((sum, f) => sum + f.count, 0)
      const programs = [...new Set(group.flatMap((f) => f.process ?? []))]
      const seen = `${count}× ${group.some((f) => f.answered) ? 'seen' : 'tried'}`
      const note = [
        ports.slice(0, 3).join(', ') + (ports.length > 3 ? ` +${ports.length - 3}` : ''),
        programs.slice(0, 2).join(', '),
        seen,
      ]
      return {
        id,
        key: first.peerKey,
        kind: (first.peerKey && parseEntityKey(first.peerKey)?.kind) || 'ip',
        name: first.peer,
        side: first.direction === 'ingress' ? 'in' : 'out',
        effect: first.effect,
        mark: null,
        note: note.filter(Boolean).join(' · '),
      }
    })
    .toSorted((a, b) => Number(b.effect === 'stays-open') - Number(a.effect === 'stays-open'))
}

function keepers({ replacement, budgets }: Impact): ImpactEnd[] {
  const owner: ImpactEnd[] = replacement
    ? [
        {
          id: replacement.key ?? replacement.owner,
          key: replacement.key,
          kind: 'workload',
          name: replacement.owner,
          side: 'keeper',
          effect: replacement.starts ? 'starts' : 'unchanged',
          mark: replacement.starts ? 'replaced' : null,
          note: replacement.starts
            ? `starts a new pod of ${replacement.sameImage ? 'the same' : 'another'} image`
            : 'starts no replacement',
        },
      ]
    : []
  const held = budgets.map(({ name, disruptionsAllowed: left }): ImpactEnd => ({
    id: `budget ${name}`,
    key: null,
    kind: 'budget',
    name,
    side: 'keeper',
    effect: 'unchanged',
    mark: left === 0 ? 'passed-over' : null,
    note: left === 0 ? 'allows no disruption now; this goes past it' : `allows ${left} more`,
  }))
  return [...owner, ...held]
}

function paths({ staysOpen }: Impact): ImpactEnd[] {
  return staysOpen.map(({ text, key }, index) => ({
    id: `path ${index}`,
    key,
    kind: 'path',
    name: text,
    side: 'path',
    effect: 'stays-open',
    mark: null,
    note: '',
  }))
}

/** One end as a sentence, for the list that says the same as the drawing. */
export function sentenceOf({ kind, name, side, effect, note }: ImpactEnd): string {
  if (kind === 'service') return `Service ${name} ${note}.`
  if (kind === 'budget') return `PodDisruptionBudget ${name} ${note}.`
  if (side === 'keeper') return `${name} ${note}.`
  if (side === 'path') return `Stays open: ${name}.`
  const what = effect === 'stops' ? 'Stops' : 'Stays open'
  return `${what}: ${side === 'in' ? 'from' : 'to'} ${name}, ${note}.`
}

/** The whole in one sentence, as the drawing's name. */
export function summaryOf({ ends, flowsKnown }: WhatIf): string {
  const count = (n: number, one: string, many: string) => (n === 0 ? [] : [`${n} ${n === 1 ? one : many}`])
  const talk = ends.filter((e) => e.kind !== 'service' && (e.side === 'in' || e.side === 'out'))
  const parts = [
    ...count(talk.filter((e) => e.effect === 'stops').length, 'connection stops', 'connections stop'),
    ...count(ends.filter((e) => e.effect === 'stays-open').length, 'path stays open', 'paths stay open'),
    ...count(
      ends.filter((e) => e.mark === 'lost').length,
      'Service loses its last endpoint',
      'Services lose their last endpoint',
    ),
    ...count(ends.filter((e) => e.mark === 'replaced').length, 'replacement starts', 'replacements start'),
    ...(flowsKnown ? [] : ['no sensor tells its connections']),
  ]
  return parts.length === 0 ? 'Nothing around the pod changes.' : `${parts.join(', ')}.`
}
