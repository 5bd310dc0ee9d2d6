import { representationOf } from './accept.ts'
import type { Answer, ApiContext, Call, StreamSink } from './call.ts'
import { jsonText } from './json-text.ts'
import type { WatchedChange, WatchRequest } from './read-handlers.ts'
import { partialMetadata, tableOf } from './table.ts'

/** Answers a watch: one JSON document per line, each object serialised once for all watchers. */
export function watchAnswer(context: ApiContext, request: WatchRequest, call: Call): Answer {
  const representation = representationOf(call.headers.accept)
  let first = true
  const text = (change: WatchedChange): string => {
    if (change.type === 'ERROR' || representation.as === 'object') return jsonText(change.object)
    if (representation.as === 'Table') {
      const table = tableOf(context, request.definition, [change.object], {
        metadata: { resourceVersion: change.object.metadata.resourceVersion },
        includeObject: call.info.query.get('includeObject'),
        columns: first,
        version: representation.version,
      })
      first = false
      return JSON.stringify(change.type === 'BOOKMARK' ? { ...table, rows: [] } : table)
    }
    return JSON.stringify(partialMetadata(change.object, representation.version))
  }
  return {
    kind: 'stream',
    status: 200,
    contentType: 'application/json',
    start: (sink: StreamSink) =>
      request.start(
        (change) => sink.write(`{"type":"${change.type}","object":${text(change)}}\n`),
        () => sink.end(),
      ),
  }
}
