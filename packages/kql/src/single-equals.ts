const tokens =
  /\/\/[^\n]*|```[\s\S]*?```|@"(?:[^"]|"")*"|@'(?:[^']|'')*'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|==|=~|!=|!~|<=|>=|=>|[A-Za-z_][\w-]*|[\s\S]/g

/**
 * Places of a single `=` within `where` clauses, where only comparisons are possible. The official sample of
 * CloudProcessEvents has one, and people write them as in SQL.
 */
export function singleEquals(text: string): number[] {
  const found: number[] = []
  /** The operators that are open, innermost last: how deep in brackets each began, and whether it is a `where`. */
  const open: { depth: number; where: boolean }[] = []
  let depth = 0
  let afterBar = false
  const leave = (to: number): void => {
    // With more brackets closed than opened the depth is below zero, and nothing is open there.
    while ((open.at(-1)?.depth ?? -Infinity) >= to) open.pop()
  }
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (/^\s$/.test(token) || token.startsWith('//')) continue
    if (token === '(' || token === '[' || token === '{') depth += 1
    else if (token === ')' || token === ']' || token === '}') {
      leave(depth)
      depth -= 1
    } else if (token === '|' || token === ';') leave(depth)
    else if (afterBar) open.push({ depth, where: /^(where|filter)$/i.test(token) })
    else if (token === '=' && open.at(-1)?.where) found.push(index)
    afterBar = token === '|'
  }
  return found
}
