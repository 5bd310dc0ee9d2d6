import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { World } from '../src/index.ts'

/** A recorded case: a world and the connections measured in it. */
export interface RecordedCase extends World {
  id: string
  connections: [from: string, to: string, port: number, result: 'connected' | 'blocked', via?: 'service'][]
  deviations?: { from: string; to: string; port: number; specification: 'connected' | 'blocked' }[]
}

export function recordedCases(file: 'random' | 'isolation'): RecordedCase[] {
  const bytes = readFileSync(new URL(`data/${file}.jsonl.gz`, import.meta.url))
  return gunzipSync(bytes)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
