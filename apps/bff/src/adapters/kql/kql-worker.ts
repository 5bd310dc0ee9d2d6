import { parentPort, workerData } from 'node:worker_threads'
import {
  type AddressLookup,
  type Catalog,
  eventRelation,
  type Ingested,
  KqlDiscovery,
  KqlService,
  type ReadScope,
  stateRelation,
  type StateTable,
  type TimeSpan,
} from '@cordon/kql'
import { tableNamed, tables } from '@cordon/telemetry'
import type { WorkerAnswer, WorkerRequest } from './kql-engine.ts'

const { stateTables } = workerData as { stateTables: StateTable[] }
const service = new KqlService([...tables, ...stateTables])
/** Queries that wait for what the data says of their columns. */
const waiting = new Map<number, { text: string; discovery: KqlDiscovery }>()

parentPort?.on('message', (request: WorkerRequest) => {
  parentPort?.postMessage({ id: request.id, answer: answer(request) })
})

function answer(request: WorkerRequest): WorkerAnswer {
  try {
    switch (request.kind) {
      case 'compile':
        return compile(request, request.text)
      case 'discovered': {
        const asked = waiting.get(request.of)
        waiting.delete(request.of)
        if (!asked) return { state: 'unavailable', message: 'The translator has started anew; try again' }
        const { insertAt, schema } = asked.discovery
        return compile(request, asked.text.slice(0, insertAt) + schema(request.found) + asked.text.slice(insertAt))
      }
      case 'diagnose':
        return {
          state: 'refused',
          diagnostics: service.diagnose(request.text, catalogOf(request), BigInt(request.now)),
        }
      case 'complete':
        return { state: 'completed', items: service.complete(request.text, request.position).slice(0, 200) }
    }
  } catch (error) {
    return { state: 'failed', message: error instanceof Error ? error.message : String(error) }
  }
}

interface Reader {
  id: number
  scope: ReadScope
  time: { from?: string; to?: string }
  now: string
  ingested: Ingested | undefined
  addresses: AddressLookup | undefined
}

function compile(request: Reader, text: string): WorkerAnswer {
  const used = new Set<string>()
  const compiled = service.compile(text, catalogOf(request, used), BigInt(request.now))
  const stateTablesUsed = stateTables.map((table) => table.name).filter((name) => used.has(name))
  if (compiled.state === 'refused') return { state: 'refused', diagnostics: compiled.diagnostics }
  if (compiled.state === 'ready')
    return {
      state: 'ready',
      translation: compiled.translation,
      diagnostics: compiled.diagnostics,
      stateTables: stateTablesUsed,
    }
  waiting.set(request.id, { text, discovery: compiled.discovery })
  return {
    state: 'discover',
    sql: compiled.discovery.sql,
    parameters: compiled.parameters,
    stateTables: stateTablesUsed,
  }
}

function catalogOf({ scope, time, ingested, addresses }: Omit<Reader, 'id'>, used?: Set<string>): Catalog {
  const span: TimeSpan = {
    ...(time.from === undefined ? {} : { from: BigInt(time.from) }),
    ...(time.to === undefined ? {} : { to: BigInt(time.to) }),
  }
  return {
    names: [...tables.map((table) => table.name), ...stateTables.map((table) => table.name)],
    ...(addresses ? { addresses } : {}),
    relation(name, text) {
      used?.add(name)
      const events = tableNamed(name)
      if (events) return eventRelation(events, { scope, time: span, ingested, text })
      const state = stateTables.find((table) => table.name === name)
      return state ? stateRelation(state, { time: state.timed ? span : {}, text }) : undefined
    },
  }
}
