/**
 * Texts (lower case) of which at least one occurs in whatever a regular expression matches, for the index; undefined
 * when none can be promised. Reads only what it is sure of: literal runs, alternations and plain groups.
 */
export function regexLiterals(pattern: string): string[] | undefined {
  if (pattern.includes('\\Q')) return undefined // quoted text follows other rules
  const literals = alternatives(pattern, 0)
  const useful = literals?.every((literal) => literal.length >= 2) && literals.length <= 60
  return useful ? [...new Set(literals)] : undefined
}

const maxDepth = 6

function alternatives(pattern: string, depth: number): string[] | undefined {
  if (depth > maxDepth) return undefined
  const all: string[] = []
  for (const branch of splitTop(pattern)) {
    const best = bestOf(branch, depth)
    if (!best) return undefined
    all.push(...best)
  }
  return all
}

/** The best set of one branch: its longest literal runs, or the alternatives of a group it cannot do without. */
function bestOf(branch: string, depth: number): string[] | undefined {
  const sets: string[][] = []
  // The texts of which one stands directly before `at`: what surrounds alternatives makes each of them longer, so rarer.
  let runs = ['']
  const flush = () => {
    if (!runs.includes('')) sets.push(runs.map((run) => run.toLowerCase()))
    runs = ['']
  }
  for (let at = 0; at < branch.length;) {
    const end = atomEnd(branch, at)
    const atom = branch.slice(at, end)
    const quantifier = /^(\*|\+|\?|\{\d*,?\d*\})\??/.exec(branch.slice(end))?.[0] ?? ''
    const optional = /^([*?]|\{0|\{,)/.test(quantifier)
    const plain = plainAtom(atom)
    at = end + quantifier.length
    if (optional) {
      flush()
      continue
    }
    const inner = atom.startsWith('(') ? groupContent(atom) : undefined
    const next =
      plain !== undefined ? { texts: [plain], whole: true } : inner === undefined ? undefined : beginnings(inner)
    if (!next || runs.length * next.texts.length > mostRuns) flush()
    if (next) runs = runs.flatMap((run) => next.texts.map((text) => run + text))
    if (!next?.whole || quantifier !== '') flush()
    const set = inner === undefined ? undefined : alternatives(inner, depth + 1)
    if (set) sets.push(set)
  }
  flush()
  const weight = (set: string[]) => Math.min(...set.map((literal) => literal.length)) - set.length / 8
  return sets.toSorted((a, b) => weight(b) - weight(a))[0]
}

/** The text that each alternative of a group begins with; `whole` when that is all there is of each. */
function beginnings(inner: string): { texts: string[]; whole: boolean } | undefined {
  const branches = splitTop(inner)
  if (branches.length > mostRuns) return undefined
  let whole = true
  const texts = branches.map((branch) => {
    let text = ''
    for (let at = 0; at < branch.length;) {
      const end = atomEnd(branch, at)
      const plain = plainAtom(branch.slice(at, end))
      if (plain === undefined || /^[*+?{]/.test(branch.slice(end))) {
        whole = false
        break
      }
      text += plain
      at = end
    }
    return text
  })
  return { texts, whole }
}

const mostRuns = 40

function plainAtom(atom: string): string | undefined {
  if (atom.length === 1) return /[\w\s/:;,=@%&~"'`#!<>-]/.test(atom) ? atom : undefined
  // An escaped mark stands for itself; escaped letters and digits are classes, anchors or codes.
  return atom.length === 2 && atom[0] === '\\' && /[^\w\s]/.test(atom[1]!) ? atom[1] : undefined
}

function groupContent(atom: string): string | undefined {
  if (!atom.startsWith('(?')) return atom.slice(1, -1)
  return atom.startsWith('(?:') ? atom.slice(3, -1) : undefined
}

function splitTop(pattern: string): string[] {
  const branches: string[] = []
  let from = 0
  for (let at = 0; at < pattern.length;) {
    if (pattern[at] === '|') {
      branches.push(pattern.slice(from, at))
      from = ++at
    } else at = atomEnd(pattern, at)
  }
  branches.push(pattern.slice(from))
  return branches
}

/** End of the atom that begins at `at`: an escape, a class, a group with all it holds, or one character. */
function atomEnd(pattern: string, at: number): number {
  const char = pattern[at]
  if (char === '\\') return Math.min(at + 2, pattern.length)
  if (char === '[') return classEnd(pattern, at)
  if (char !== '(') return at + 1
  let depth = 0
  for (let i = at; i < pattern.length;) {
    if (pattern[i] === '\\') i += 2
    else if (pattern[i] === '[') i = classEnd(pattern, i)
    else {
      if (pattern[i] === '(') depth++
      if (pattern[i] === ')' && --depth === 0) return i + 1
      i++
    }
  }
  return pattern.length
}

function classEnd(pattern: string, at: number): number {
  let i = at + 1
  if (pattern[i] === '^') i++
  if (pattern[i] === ']') i++
  for (; i < pattern.length && pattern[i] !== ']'; i++) if (pattern[i] === '\\') i++
  return Math.min(i + 1, pattern.length)
}
