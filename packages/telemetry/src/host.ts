// Only what the console never calls: the tables of this package are read in browsers too, so Node's modules are looked
// up at call time instead of imported.

/** SHA-256 of a text as lower-case hex. Throws outside Node. */
export function sha256(text: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex')
}

/** Inflates gzip bytes given in base64; throws on damage or past `limit` bytes. Throws outside Node. */
export function gunzipBase64(base64: string, limit: number): string {
  const { gunzipSync } = process.getBuiltinModule('node:zlib')
  return gunzipSync(fromBase64(base64), { maxOutputLength: limit }).toString('utf8')
}

/** Bytes of a base64 text. */
export function fromBase64(base64: string): Buffer {
  return process.getBuiltinModule('node:buffer').Buffer.from(base64, 'base64')
}
