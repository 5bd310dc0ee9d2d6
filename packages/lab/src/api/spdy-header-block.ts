import { createInflate, type Inflate } from 'node:zlib'

/** Words of the compression dictionary of SPDY draft 3, section 2.6.10.1, each with its length in front. */
const WORDS =
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status'
    .split(' ')
    .concat('200 OK', 'version', 'HTTP/1.1', 'url', 'public', 'set-cookie', 'keep-alive', 'origin')

const TAIL =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505' +
  '203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable' +
  'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT' +
  'chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,' +
  'publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.'

const length = (text: string): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(text.length)
  return bytes
}

/** Preset dictionary of SPDY draft 3. */
export const SPDY_DICTIONARY = Buffer.concat([
  ...WORDS.flatMap((word) => [length(word), Buffer.from(word)]),
  Buffer.from(TAIL),
])

function adler32(bytes: Buffer): Buffer {
  let a = 1
  let b = 0
  for (const byte of bytes) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  const result = Buffer.alloc(4)
  result.writeUInt32BE(b * 65536 + a)
  return result
}

/** Reads the header blocks of one connection; they share one zlib stream. */
export class HeaderBlockReader {
  private readonly inflate: Inflate = createInflate({ dictionary: SPDY_DICTIONARY })
  private chunks: Buffer[] = []

  constructor() {
    this.inflate.on('data', (chunk: Buffer) => this.chunks.push(chunk))
  }

  /** Name/value pairs of a block, names in lower case. @throws on damaged input. */
  async read(block: Buffer): Promise<Map<string, string>> {
    this.chunks = []
    await new Promise<void>((resolve, reject) => {
      this.inflate.once('error', reject)
      this.inflate.write(block, () => {
        this.inflate.off('error', reject)
        resolve()
      })
    })
    const bytes = Buffer.concat(this.chunks)
    let at = 0
    const text = () => {
      const size = bytes.readUInt32BE(at)
      at += 4 + size
      return bytes.toString('utf8', at - size, at)
    }
    const count = bytes.readUInt32BE(0)
    at = 4
    const pairs = new Map<string, string>()
    for (let n = 0; n < count; n++) {
      const name = text()
      pairs.set(name.toLowerCase(), text())
    }
    return pairs
  }

  close(): void {
    this.inflate.close()
  }
}

/** Writes empty header blocks: stored, not compressed, which every zlib reader accepts. */
export class EmptyHeaderBlockWriter {
  private started = false

  next(): Buffer {
    // Stored block of the four bytes of "no pairs": type 00, length, its complement. The empty one after it makes
    // readers hand out what they have, as a flush does.
    const block = Buffer.from([0, 4, 0, 0xfb, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])
    if (this.started) return block
    this.started = true
    // zlib header with a preset dictionary, named by its checksum.
    return Buffer.concat([Buffer.from([0x78, 0x20]), adler32(SPDY_DICTIONARY), block])
  }
}
