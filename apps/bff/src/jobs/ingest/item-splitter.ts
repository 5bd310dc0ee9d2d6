/** One JSON value of a body as text, or a piece that is none. `list` names the wrapper's list it came from. */
export type Item = { text: string; list?: string } | { reason: string; excerpt: string }

export interface Splitter {
  /** Takes the next bytes; returns the items that are whole now. */
  push(chunk: Buffer): Item[]
  /** Ends the body. `cut` when it ends within an item. */
  end(): { items: Item[]; cut: boolean }
}

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const colon = 0x3a
const comma = 0x2c
const newline = 0x0a
const excerptBytes = 500

/**
 * Cuts a JSON body into its items without ever parsing more than one: values one after the other, the elements of a
 * top-level array, and the elements of the named lists of a wrapper object (`{"kind":"EventList","items":[…]}`), so
 * that a body of 50 MB costs the event loop no long parse. Items over `maxItemBytes` are skipped and told.
 */
export class ItemSplitter implements Splitter {
  readonly #lists: ReadonlySet<string>
  readonly #maxItemBytes: number
  #depth = 0
  #inString = false
  #escaped = false
  /** Depth at which items lie: 0, or within a list. */
  #itemDepth = 0
  #list: string | undefined
  #key = ''
  #parts: Buffer[] = []
  #size = 0
  #collecting = false
  #garbage = false
  #started = false
  /** A colon followed the last text at depth 1: that text is a key. */
  #keyed = false
  /** The object being read had a list whose items were given out: the object itself is no item. */
  #wrapped = false

  constructor(options: { lists: readonly string[]; maxItemBytes: number }) {
    this.#lists = new Set(options.lists)
    this.#maxItemBytes = options.maxItemBytes
  }

  push(chunk: Buffer): Item[] {
    const items: Item[] = []
    let from = 0
    if (!this.#started) {
      this.#started = true
      if (chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) from = 3 // byte order mark
    }
    let start = from
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] as number // below length
      if (this.#inString) {
        this.#inText(byte)
        continue
      }
      if (!this.#collecting) {
        if (!this.#begins(byte)) continue
        this.#collecting = true
        start = at
      }
      const done = this.#step(byte)
      if (done === 'continues') continue
      // A comma or closing bracket ends a scalar and is not part of it.
      this.#keep(chunk, start, done === 'before' ? at : at + 1)
      if (done !== 'wrapper') this.#emit(items)
      // The bracket that ended a scalar also ends its list.
      if (done === 'before' && byte === closeBracket) this.#begins(byte)
      this.#drop()
      start = at + 1
    }
    if (this.#collecting) this.#keep(chunk, start, chunk.length)
    return items
  }

  end(): { items: Item[]; cut: boolean } {
    const items: Item[] = []
    if (this.#garbage) this.#emit(items)
    const cut = !this.#garbage && (this.#depth > 0 || this.#inString || this.#collecting)
    this.#drop()
    return { items, cut }
  }

  #inText(byte: number): void {
    if (this.#escaped) this.#escaped = false
    else if (byte === backslash) this.#escaped = true
    else if (byte === quote) this.#inString = false
    else if (this.#depth === 1 && this.#list === undefined && this.#key.length < 16)
      this.#key += String.fromCharCode(byte)
  }

  /** Whether this byte, outside any item, starts one. Keeps track of the list around. */
  #begins(byte: number): boolean {
    if (byte <= 0x20 || byte === comma) return false
    if (this.#list === undefined && this.#depth === 0) {
      if (byte === openBracket) {
        this.#enterList('', 1)
        return false
      }
      this.#garbage = byte !== openBrace
      return true
    }
    if (byte === closeBracket && this.#list !== undefined && this.#depth === this.#itemDepth) {
      this.#depth -= 1
      // What follows a wrapper's list is its other members; they are passed over as an item that is dropped.
      this.#collecting = this.#depth > 0
      this.#list = undefined
      this.#itemDepth = 0
      this.#wrapped = this.#depth > 0
      return false
    }
    return true
  }

  #enterList(name: string, depth: number): void {
    this.#list = name
    this.#depth = depth
    this.#itemDepth = depth
  }

  #step(byte: number): 'continues' | 'through' | 'before' | 'wrapper' {
    if (this.#garbage) {
      if (byte !== newline) return 'continues'
      return 'before'
    }
    switch (byte) {
      case quote:
        this.#inString = true
        if (this.#depth === 1) this.#key = ''
        return 'continues'
      case openBrace:
        this.#depth += 1
        return 'continues'
      case openBracket:
        if (this.#depth === 1 && this.#list === undefined && this.#keyed && this.#lists.has(this.#key)) {
          this.#enterList(this.#key, 2)
          this.#wrapped = true
          return 'wrapper'
        }
        this.#depth += 1
        return 'continues'
      case colon:
        if (this.#depth === 1) this.#keyed = true
        return 'continues'
      case comma:
        if (this.#depth === 1) this.#keyed = false
        return this.#depth === this.#itemDepth ? 'before' : 'continues'
      case closeBrace:
      case closeBracket:
        return this.#close()
      default:
        return 'continues'
    }
  }

  #close(): 'continues' | 'through' | 'before' | 'wrapper' {
    if (this.#depth === this.#itemDepth) return 'before'
    this.#depth -= 1
    if (this.#depth !== this.#itemDepth) return 'continues'
    if (!this.#wrapped || this.#list !== undefined) return 'through'
    this.#wrapped = false
    return 'wrapper'
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    if (end <= start) return
    this.#size += end - start
    // Of a too big item, and of what surrounds a list, only the beginning is kept.
    if (this.#size <= this.#maxItemBytes) this.#parts.push(chunk.subarray(start, end))
    else if (this.#parts.length > 1 || (this.#parts[0]?.length ?? 0) > excerptBytes) {
      this.#parts = [Buffer.concat(this.#parts).subarray(0, excerptBytes)]
    } else if (this.#parts.length === 0) this.#parts.push(chunk.subarray(start, Math.min(end, start + excerptBytes)))
  }

  #emit(items: Item[]): void {
    const size = this.#size
    if (size === 0) return
    const text = Buffer.concat(this.#parts).toString('utf8')
    if (size > this.#maxItemBytes)
      items.push({ reason: `event of ${size} bytes; the limit is ${this.#maxItemBytes}`, excerpt: text })
    else if (this.#garbage) items.push({ reason: 'not JSON', excerpt: text.slice(0, excerptBytes) })
    else items.push(this.#list === undefined || this.#list === '' ? { text } : { text, list: this.#list })
  }

  #drop(): void {
    this.#parts = []
    this.#size = 0
    // Within a wrapper the bytes after its list go on being passed over until the object ends.
    this.#collecting = this.#wrapped && this.#list === undefined
    this.#garbage = false
  }
}

/** Cuts NDJSON into its lines. A last line without line end counts as cut off unless it is a whole JSON value. */
export class LineSplitter implements Splitter {
  readonly #maxItemBytes: number
  #parts: Buffer[] = []
  #size = 0

  constructor(options: { maxItemBytes: number }) {
    this.#maxItemBytes = options.maxItemBytes
  }

  push(chunk: Buffer): Item[] {
    const items: Item[] = []
    let start = 0
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, start)) {
      this.#keep(chunk.subarray(start, at))
      this.#emit(items)
      start = at + 1
    }
    this.#keep(chunk.subarray(start))
    return items
  }

  end(): { items: Item[]; cut: boolean } {
    const items: Item[] = []
    this.#emit(items)
    const last = items[0]
    if (last === undefined || !('text' in last) || isWhole(last.text)) return { items, cut: false }
    return { items: [], cut: true }
  }

  #keep(piece: Buffer): void {
    this.#size += piece.length
    if (this.#size <= this.#maxItemBytes || this.#parts.length === 0) this.#parts.push(piece)
  }

  #emit(items: Item[]): void {
    const size = this.#size
    const text = Buffer.concat(this.#parts).toString('utf8').trim()
    this.#parts = []
    this.#size = 0
    if (text === '') return
    if (size > this.#maxItemBytes) {
      items.push({
        reason: `event of ${size} bytes; the limit is ${this.#maxItemBytes}`,
        excerpt: text.slice(0, excerptBytes),
      })
    } else items.push({ text })
  }
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
