import type { HuntEvent, HuntResult } from '@cordon/contract'
import type { RawReply } from '../../deps.ts'

const rowsPerLine = 500

export type Tell = (event: HuntEvent) => void

/**
 * An answer of lines that are written while the work goes on. `work` tells events and gives the result; what it throws
 * becomes the last line, since the status of the answer is out by then.
 */
export function streamed(work: (tell: Tell) => Promise<HuntResult>, failed: (error: unknown) => HuntEvent): RawReply {
  return {
    contentType: 'application/x-ndjson; charset=utf-8',
    headers: { 'x-accel-buffering': 'no' },
    body: lines(work, failed),
  }
}

async function* lines(
  work: (tell: Tell) => Promise<HuntResult>,
  failed: (error: unknown) => HuntEvent,
): AsyncGenerator<string> {
  const told: HuntEvent[] = []
  let wake = (): void => {}
  const tell = (event: HuntEvent): void => {
    told.push(event)
    wake()
  }
  let over = false
  let result: HuntResult | undefined
  const done = work(tell)
    .then((given) => {
      result = given
    })
    .catch((error: unknown) => tell(failed(error)))
    .finally(() => {
      over = true
      wake()
    })
  for (;;) {
    for (const event of told.splice(0)) yield `${JSON.stringify(event)}\n`
    if (over) break
    await new Promise<void>((resolve) => {
      wake = resolve
      if (told.length > 0 || over) resolve()
    })
  }
  await done
  if (result) yield* resultLines(result)
}

function* resultLines({ schema, results, ...rest }: HuntResult): Generator<string> {
  const line = (event: HuntEvent): string => `${JSON.stringify(event)}\n`
  yield line({ type: 'schema', schema })
  for (let at = 0; at < results.length; at += rowsPerLine)
    yield line({ type: 'rows', rows: results.slice(at, at + rowsPerLine) })
  yield line({ type: 'done', ...rest })
}
