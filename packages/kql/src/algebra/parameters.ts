/** Values bound by the server as `{name:Type}`. */
export type Parameters = Record<string, string>

/** What one request line takes; longer texts are written as hexadecimal digits, which no text can leave either. */
const maxBytes = 4_000
/** Characters that survive every layer of escaping unchanged. */
const plain = /^[\x20-\x7e]*$/

/** Collects the texts of a query as parameters, each distinct text once. */
export class ParameterList {
  readonly values: Parameters = {}
  readonly #names = new Map<string, string>()
  #bytes = 0

  /** SQL that stands for the text. */
  text(value: string): string {
    if (value === '') return `''`
    const known = this.#names.get(value)
    if (known) return `{${known}:String}`
    const bytes = Buffer.byteLength(value)
    if (this.#bytes + bytes > maxBytes || !plain.test(value))
      return `unhex('${Buffer.from(value, 'utf8').toString('hex')}')`
    const name = `p${this.#names.size}`
    this.#bytes += bytes * 3 + 20 // as it is written in a URL
    this.#names.set(value, name)
    this.values[name] = value
    return `{${name}:String}`
  }
}
