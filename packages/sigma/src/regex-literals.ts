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

/** The best set of one branch: its longest literal run, or the alternatives of a group it cannot do without. */
function bestOf(branch: string, depth: number): string[] | undefined {
  const sets: string[][] = []
  let run = ''
  const flush = () => {
    if (run !== '') sets.push([run.toLowerCase()])
    run = ''
  }
  for (let at = 0; at < branch.length;) {
    const end = atomEnd(branch, at)
    const atom = branch.slice(at, end)
    const quantifier = /^(\*|\+|\?|\{\d*,?\d*\})\??/.exec(branch.slice(end))?.[0] ?? ''
    const optional = /^([*?]|\{0|\{,)/.test(quantifier)
    const plain = plainAtom(atom)
    at = end + quantifier.length
    if (plain !== undefined && quantifier === '') {
      run += plain
      continue
    }
    const inner = atom.startsWith('(') && !optional ? groupContent(atom) : undefined
    const words = inner === undefined ? undefined : plainAlternatives(inner)
    // What stands in front of alternatives makes each of them longer, and so rarer.
    if (run !== '' && words) sets.push(words.map((word) => (run + word).toLowerCase()))
    flush()
    if (optional) continue
    if (plain !== undefined) sets.push([plain.toLowerCase()])
    else if (inner !== undefined) {
      const set = alternatives(inner, depth + 1)
      if (set) sets.push(set)
    }
  }
  flush()
  const weight = (set: string[]) => Math.min(...set.map((literal) => literal.length)) - set.length / 8
  return sets.toSorted((a, b) => weight(b) - weight(a))[0]
}

/** The alternatives of a group when each of them is nothing but text. */
function plainAlternatives(inner: string): string[] | undefined {
  const words = splitTop(inner).map((branch) => {
    let word = ''
    for (let at = 0; at < branch.length;) {
      const end = atomEnd(branch, at)
      const plain = plainAtom(branch.slice(at, end))
      if (plain === undefined || /^[*+?{]/.test(branch.slice(end))) return undefined
      word += plain
      at = end
    }
    return word
  })
  const plain = words.filter((word) => word !== undefined)
  return plain.length === words.length && plain.length <= 20 ? plain : undefined
}

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
