/**
 * One copy of texts that come again and again: programs, users and command lines of ten thousand containers of one
 * image. Also cuts long ones for good: a slice alone would keep the whole text in memory.
 */
export class Texts {
  private young = new Map<string, string>()
  private old = new Map<string, string>()
  private readonly half: number

  constructor(limit: number) {
    this.half = Math.ceil(limit / 2)
  }

  /** An equal text; at most `longest` characters of it. */
  one(text: string, longest: number): string {
    const key = text.length > longest ? ownCopy(text, longest) : text
    const known = this.young.get(key)
    if (known !== undefined) return known
    const before = this.old.get(key) ?? key
    this.young.set(before, before)
    if (this.young.size >= this.half) {
      this.old = this.young
      this.young = new Map()
    }
    return before
  }
}

function ownCopy(text: string, longest: number): string {
  return Buffer.from(text.slice(0, longest), 'utf8').toString('utf8')
}
