import { abilitiesOf } from '@cordon/detection'
import type { TelemetryEvent } from '@cordon/telemetry'
import { sql } from 'kysely'
import { storable } from '../../adapters/postgres/storable.ts'
import type { Deps } from '../../deps.ts'

/** Length of the spans in which sources are counted. */
export const spanMs = 5 * 60_000
const everyMs = 5000
// Names of resources and nodes come from senders.
const mostAbilities = 300
const mostNodes = 10_000

interface Source {
  cluster: string
  source: string
  spans: Map<number, number>
  nodes: Map<string, { first: number; last: number; events: number }>
  abilities: Map<string, number>
  knownAbilities: Set<string>
}

/**
 * Takes note of what sources send and what they have shown they can do: per span of time, per node, per ability. Writes
 * it every few seconds; what a crash loses is seconds of a count.
 */
export function observeSources({ commitUnrecorded, log }: Pick<Deps, 'commitUnrecorded' | 'log'>) {
  const sources = new Map<string, Source>()

  function stored(events: readonly TelemetryEvent[]): void {
    for (const event of events) {
      const source = sourceOf(sources, event)
      const start = event.receivedAt - (event.receivedAt % spanMs)
      source.spans.set(start, (source.spans.get(start) ?? 0) + 1)
      for (const ability of abilitiesOf(event)) {
        if (!source.knownAbilities.has(ability) && source.knownAbilities.size >= mostAbilities) continue
        source.knownAbilities.add(ability)
        source.abilities.set(ability, event.receivedAt)
      }
      if (event.type !== 'audit' && event.node) noteNode(source, event.node, event.receivedAt)
    }
  }

  async function flush(): Promise<void> {
    const taken = [...sources.values()].map((source) => {
      const { cluster, source: name, spans, nodes, abilities } = source
      source.spans = new Map()
      source.nodes = new Map()
      source.abilities = new Map()
      return { cluster, source: name, spans, nodes, abilities }
    })
    const now = Date.now()
    const own = { cluster: '', source: '', spans: new Map([[now - (now % spanMs), 1]]) }
    const spans = [own, ...taken].flatMap(({ cluster, source, spans }) =>
      [...spans].map(([start, events]) => ({ cluster, source, start: new Date(start), events })),
    )
    const nodes = taken.flatMap(({ cluster, source, nodes }) =>
      [...nodes].map(([node, { first, last, events }]) => ({
        cluster,
        source,
        node,
        first_seen: new Date(first),
        last_seen: new Date(last),
        events,
      })),
    )
    const abilities = taken.flatMap(({ cluster, source, abilities }) =>
      [...abilities].map(([ability, at]) => ({ cluster, source, ability, last_seen: new Date(at) })),
    )
    await commitUnrecorded(async (tx) => {
      await tx
        .insertInto('coverage_spans')
        .values(spans.map((row) => storable(row)))
        .onConflict((on) =>
          on.columns(['cluster', 'source', 'start']).doUpdateSet({
            events: sql<number>`coverage_spans.events + excluded.events`,
          }),
        )
        .execute()
      for (const part of parts(nodes))
        await tx
          .insertInto('coverage_nodes')
          .values(part)
          .onConflict((on) =>
            on.columns(['cluster', 'source', 'node']).doUpdateSet({
              last_seen: sql<Date>`greatest(coverage_nodes.last_seen, excluded.last_seen)`,
              events: sql<number>`coverage_nodes.events + excluded.events`,
            }),
          )
          .execute()
      for (const part of parts(abilities))
        await tx
          .insertInto('coverage_abilities')
          .values(part)
          .onConflict((on) =>
            on.columns(['cluster', 'source', 'ability']).doUpdateSet({
              last_seen: sql<Date>`greatest(coverage_abilities.last_seen, excluded.last_seen)`,
            }),
          )
          .execute()
      return { result: undefined, changed: nodes.length + abilities.length > 0 ? ['coverage'] : [] }
    })
  }

  let running: Promise<void> = Promise.resolve()
  const write = () =>
    (running = running.then(flush).catch((error: unknown) => log.warn({ err: error }, 'Coverage could not be stored')))
  const timer = setInterval(write, everyMs)
  return {
    stored,
    /** Writes what was noted so far. */
    flush: write,
    async stop(): Promise<void> {
      clearInterval(timer)
      await write()
    },
  }
}

function sourceOf(sources: Map<string, Source>, { cluster, source }: TelemetryEvent): Source {
  const key = `${source} ${cluster}`
  const known = sources.get(key)
  if (known) return known
  const made: Source = {
    cluster,
    source,
    spans: new Map(),
    nodes: new Map(),
    abilities: new Map(),
    knownAbilities: new Set(),
  }
  sources.set(key, made)
  return made
}

function noteNode(source: Source, node: string, at: number): void {
  const name = storable(node.slice(0, 253))
  const known = source.nodes.get(name)
  if (known) {
    known.last = Math.max(known.last, at)
    known.events += 1
  } else if (source.nodes.size < mostNodes) source.nodes.set(name, { first: at, last: at, events: 1 })
}

// PostgreSQL takes 65,535 parameters in a statement.
function parts<T>(rows: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(rows.length / 5000) }, (_, i) => rows.slice(i * 5000, (i + 1) * 5000))
}
