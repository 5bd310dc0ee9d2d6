import {
  createClient,
  type HuntDiagnostic,
  type HuntEvent,
  type HuntResult,
  type Input,
  ProblemError,
} from '@cordon/contract'
import { markExpired } from './expiry.ts'
import { linkTo, problemOf } from './query.ts'

const call = createClient({ base: '/api/v1' })

/** How a run is getting on: waiting for its turn, or reading. */
export type HuntProgress = Extract<HuntEvent, { type: 'queued' | 'started' | 'progress' }>

/** Runs a query and tells on the way how it is getting on; aborting stops it in the engine. Rejects with `ProblemError`. */
export async function runHunt(
  query: string,
  timespan: string,
  { signal, tell }: { signal: AbortSignal; tell: (progress: HuntProgress) => void },
): Promise<HuntResult> {
  const response = await fetch(linkTo('huntingStream'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, timespan }),
    signal,
  })
  if (!response.ok || !response.body) throw await refusalOf(response)
  let schema: HuntResult['schema'] = []
  const results: HuntResult['results'] = []
  for await (const line of linesOf(response.body)) {
    const event = JSON.parse(line) as HuntEvent // by the server's own contract
    if (event.type === 'schema') schema = event.schema
    else if (event.type === 'rows') for (const row of event.rows) results.push(row)
    else if (event.type === 'failed') throw new ProblemError({ type: 'about:blank', requestId: '', ...event.problem })
    else if (event.type === 'done') {
      const { type: _, ...rest } = event
      return { schema, results, ...rest }
    } else tell(event)
  }
  throw new Error('The connection ended before the answer did. Run the query again.')
}

async function* linesOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      const lines = (rest + value).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
    if (rest !== '') yield rest
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** What is wrong with the text; nothing while the server cannot be asked. */
export async function diagnoseHunt(query: string): Promise<HuntDiagnostic[]> {
  try {
    return (await call('huntingDiagnose', { body: { query } })).diagnostics
  } catch {
    return []
  }
}

/** What can stand at the position; nothing while the server cannot be asked. */
export async function completeHunt(query: string, position: number): Promise<{ label: string; apply: string }[]> {
  try {
    return (await call('huntingComplete', { body: { query, position } })).items
  } catch {
    return []
  }
}

export type ExportFormat = Input<'huntingExport'>['body']['format']

export interface ExportedHunt {
  file: Blob
  name: string
  /** Rows in the file and in the whole answer, where the server says them. */
  rows: number | null
  total: number | null
}

/** Fetches the whole answer as a file. Rejects with what the server says. */
export async function exportHunt(query: string, timespan: string, format: ExportFormat): Promise<ExportedHunt> {
  const response = await fetch(linkTo('huntingExport'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, timespan, format }),
  })
  if (!response.ok) throw await refusalOf(response)
  const name = /filename="?([^";]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? `hunt.${format}`
  const count = (header: string) => {
    const text = response.headers.get(header)
    return text === null ? null : Number(text)
  }
  return { file: await response.blob(), name, rows: count('x-cordon-rows'), total: count('x-cordon-rows-total') }
}

async function refusalOf(response: Response): Promise<Error> {
  const problem = (await response.json().catch(() => undefined)) as ProblemError['problem'] | undefined
  if (response.status === 401) markExpired()
  return problem ? new ProblemError(problem) : new Error(problemOf(undefined).title)
}
