const tokens =
  /\/\/[^\n]*|```[\s\S]*?```|@"(?:[^"]|"")*"|@'(?:[^']|'')*'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|==|=~|!=|!~|<=|>=|=>|[A-Za-z_][\w-]*|[\s\S]/g

/**
 * Places of a single `=` within `where` clauses, where only comparisons are possible. The official sample of
 * CloudProcessEvents has one, and people write them as in SQL.
 */
export function singleEquals(text: string): number[] {
  const found: number[] = []
  const depths: number[] = []
  let depth = 0
  let afterBar = false
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (/^\s$/.test(token) || token.startsWith('//')) continue
    const within = depths.at(-1)
    if (token === '(' || token === '[' || token === '{') depth += 1
    else if (token === ')' || token === ']' || token === '}') {
      depth -= 1
      if (within !== undefined && depth < within) depths.pop()
    } else if (token === '|' || token === ';') {
      if (within !== undefined && depth <= within) depths.pop()
    } else if (afterBar && /^(where|filter)$/i.test(token)) depths.push(depth)
    else if (token === '=' && within !== undefined) found.push(index)
    afterBar = token === '|'
  }
  return found
}
