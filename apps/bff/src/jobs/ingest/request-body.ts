import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

/** Why a body can't be read to its end. */
export class BodyError extends Error {
  readonly code: 'too-large' | 'invalid' | 'unsupported-media'
  constructor(code: BodyError['code'], message: string) {
    super(message)
    this.name = 'BodyError'
    this.code = code
  }
}

const jsonTypes = new Set(['application/json', 'text/json'])
const lineTypes = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
  'application/json-seq',
])

/** How the items lie in the body; throws `unsupported-media` for other content. */
export function bodyShape(request: IncomingMessage): 'json' | 'lines' {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (jsonTypes.has(type)) return 'json'
  if (lineTypes.has(type)) return 'lines'
  throw new BodyError(
    'unsupported-media',
    `Content-Type ${type === '' ? 'is missing' : `${type.slice(0, 100)} is not taken`}; send application/json or application/x-ndjson.`,
  )
}

/**
 * The inflated bytes of a request, piece by piece, at most `limit` of them; gzip, deflate and br. Throws `BodyError`:
 * `too-large` past the limit (also of a small body that inflates too far), `invalid` when damaged or cut off.
 */
export async function* requestBytes(request: IncomingMessage, limit: number): AsyncGenerator<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const source = inflated(request, encoding)
  let size = 0
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limit)
        throw new BodyError(
          'too-large',
          `The body is larger than ${Math.floor(limit / 1_048_576)} MiB inflated. Send smaller batches.`,
        )
      yield chunk
    }
  } catch (error) {
    if (error instanceof BodyError) throw error
    throw new BodyError(
      'invalid',
      `The body is damaged or was cut off (${error instanceof Error ? error.message.slice(0, 100) : 'unknown'}).`,
    )
  }
}

function inflated(request: IncomingMessage, encoding: string): Readable {
  if (encoding === 'identity' || encoding === '') return request
  const inflater =
    encoding === 'gzip' || encoding === 'x-gzip'
      ? createGunzip({ chunkSize: 65_536 })
      : encoding === 'deflate'
        ? createInflate({ chunkSize: 65_536 })
        : encoding === 'br'
          ? createBrotliDecompress({ chunkSize: 65_536 })
          : undefined
  if (inflater === undefined)
    throw new BodyError(
      'unsupported-media',
      `Content-Encoding ${encoding.slice(0, 50)} is not taken; send gzip, deflate, br or none.`,
    )
  // The error reaches the reader of `inflater`; the callback keeps it from being thrown a second time.
  return pipeline(request, inflater, () => {})
}
