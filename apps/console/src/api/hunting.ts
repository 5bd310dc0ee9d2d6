import { createClient, type HuntDiagnostic, type HuntResult } from '@cordon/contract'
import { linkTo, problemOf } from './query.ts'

const call = createClient({ base: '/api/v1' })

/** Runs a query; aborting stops it in the engine. */
export function runHunt(query: string, timespan: string, signal: AbortSignal): Promise<HuntResult> {
  return call('huntingQuery', { body: { query, timespan } }, { signal })
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

/** Fetches the whole answer as a file. Rejects with what the server says. */
export async function exportHunt(query: string, timespan: string, format: 'csv' | 'ndjson'): Promise<Blob> {
  const response = await fetch(linkTo('huntingExport'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, timespan, format }),
  })
  if (response.ok) return response.blob()
  const problem = (await response.json().catch(() => undefined)) as { detail?: string } | undefined
  throw new Error(problem?.detail ?? problemOf(undefined).title)
}
