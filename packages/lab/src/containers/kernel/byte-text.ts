/**
 * Inside a container all data are byte strings: one character per byte, 0 to 255, so that pipes, offsets and base64
 * behave as on a real system. These two convert at the edges.
 */

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const asciiOnly = /^[\x00-\x7f]*$/ // eslint-disable-line no-control-regex -- the point is to find control-free fast paths

/** Text as UTF-8 bytes. */
export function toBytes(text: string): string {
  return asciiOnly.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** Bytes as text; bytes that are no UTF-8 are kept one to one as Latin-1, as an event must still show them. */
export function toText(bytes: string): string {
  if (asciiOnly.test(bytes)) return bytes
  try {
    return strictUtf8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return bytes
  }
}
