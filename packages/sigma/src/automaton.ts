/**
 * Finds which of many texts occur in a text in one pass (Aho-Corasick). Characters that no pattern has share one
 * class, so the table stays small.
 */
export class Automaton {
  private readonly classes = new Uint16Array(65_536)
  private readonly width: number
  // Half the memory where the states allow it: the table must stay in the processor's cache.
  private readonly next: Int32Array | Uint16Array
  private readonly ends: Uint8Array
  private readonly outputs: number[][] = [[]]

  /** @param patterns texts with the number that is reported for them */
  constructor(patterns: { text: string; id: number }[]) {
    let count = 1
    let size = 1
    for (const { text } of patterns) {
      size += text.length
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i)
        if (this.classes[code] === 0) this.classes[code] = count++
      }
    }
    this.width = count
    this.next = size <= 0xffff ? new Uint16Array(size * count) : new Int32Array(size * count)
    let states = 1
    for (const { text, id } of patterns) {
      let state = 0
      for (let i = 0; i < text.length; i++) {
        const cell = state * count + this.classes[text.charCodeAt(i)]!
        if (this.next[cell] === 0) {
          this.next[cell] = states
          this.outputs[states++] = []
        }
        state = this.next[cell]!
      }
      this.outputs[state]!.push(id)
    }
    this.linkFailures(states)
    this.ends = Uint8Array.from(this.outputs, (found) => (found.length > 0 ? 1 : 0))
  }

  /** Calls `report` for each pattern occurrence; a pattern may be reported more than once. */
  scan(text: string, report: (id: number) => void): void {
    const { classes, next, width, ends, outputs } = this
    let state = 0
    for (let i = 0; i < text.length; i++) {
      state = next[state * width + classes[text.charCodeAt(i)]!]!
      if (ends[state] === 0) continue
      const found = outputs[state]!
      for (let k = 0; k < found.length; k++) report(found[k]!)
    }
  }

  private linkFailures(states: number): void {
    const { next, width, outputs } = this
    const fail = new Int32Array(states)
    const queue: number[] = []
    for (let c = 1; c < width; c++) if (next[c] !== 0) queue.push(next[c]!)
    for (let head = 0; head < queue.length; head++) {
      const state = queue[head]!
      const back = fail[state]!
      outputs[state] = [...outputs[state]!, ...outputs[back]!]
      for (let c = 1; c < width; c++) {
        const cell = state * width + c
        const target = next[cell]!
        if (target === 0) next[cell] = next[back * width + c]!
        else {
          fail[target] = next[back * width + c]!
          queue.push(target)
        }
      }
    }
  }
}
