export interface WantedColumn {
  name: string
  /** What gives its value before rows are summarized; the column itself where left out. */
  from?: string
  /** Aggregate that gives it; where left out it becomes a key of the summary. */
  aggregate?: string
}

interface Stage {
  operator: string
  /** Offsets of the text behind the operator's name. */
  start: number
  end: number
}

const narrowing = new Set(['project', 'summarize', 'distinct', 'count'])

/**
 * The query with columns kept through its operators that drop columns, from the last one back. Returns a text for each
 * number of operators changed: only trying tells which of them answers with the columns.
 */
export function repairs(query: string, wanted: readonly WantedColumn[]): string[] {
  const stages = stagesOf(query).filter(({ operator }) => narrowing.has(operator))
  return stages.map((_stage, index) => {
    const changed = stages.slice(stages.length - 1 - index)
    let text = query
    // From the last one back, so that offsets hold. Only the first of them reads columns as they are stored.
    for (const [at, stage] of [...changed.entries()].toReversed())
      text =
        text.slice(0, stage.start) +
        kept(stage.operator, text.slice(stage.start, stage.end), wanted, at === 0) +
        text.slice(stage.end)
    return text
  })
}

function kept(operator: string, body: string, wanted: readonly WantedColumn[], isFirst: boolean): string {
  const trailing = /\s*$/.exec(body)?.[0] ?? ''
  const core = body.slice(0, body.length - trailing.length)
  const source = (column: WantedColumn) => (isFirst && column.from ? `${column.name} = ${column.from}` : column.name)
  if (operator === 'project' || operator === 'distinct') {
    const list = wanted.map((column) => (operator === 'distinct' ? column.name : source(column)))
    return ` ${list.join(', ')},${core}${trailing}`
  }
  const aggregates = wanted.filter(({ aggregate }) => aggregate).map(({ name, aggregate }) => `${name} = ${aggregate}`)
  const keys = wanted.filter(({ aggregate }) => !aggregate).map(source)
  if (operator === 'count') return `${core}${trailing}`
  const by = /\bby\b/.exec(core)
  const head = aggregates.length > 0 ? ` ${aggregates.join(', ')},` : ''
  if (keys.length === 0) return `${head}${core}${trailing}`
  return by ? `${head}${core}, ${keys.join(', ')}${trailing}` : `${head}${core} by ${keys.join(', ')}${trailing}`
}

/** The operators behind each pipe that stands outside of texts, comments and brackets. */
function stagesOf(query: string): Stage[] {
  const pipes: number[] = []
  let depth = 0
  for (let at = 0; at < query.length; at += 1) {
    const char = query[at] ?? ''
    if (char === '"' || char === "'") at = endOfText(query, at)
    else if (char === '/' && query[at + 1] === '/') at = endOfLine(query, at)
    else if ('([{'.includes(char)) depth += 1
    else if (')]}'.includes(char)) depth -= 1
    else if ((char === '|' || char === ';') && depth === 0) pipes.push(at)
  }
  return pipes.flatMap((pipe, index) => {
    const end = pipes[index + 1] ?? query.length
    const match = /^\|\s*([a-z-]+)/.exec(query.slice(pipe, end))
    return match?.[1] ? [{ operator: match[1], start: pipe + match[0].length, end }] : []
  })
}

function endOfText(query: string, start: number): number {
  const quote = query[start]
  const isVerbatim = query[start - 1] === '@'
  for (let at = start + 1; at < query.length; at += 1) {
    if (query[at] === '\\' && !isVerbatim) at += 1
    else if (query[at] === quote) return at
  }
  return query.length
}

function endOfLine(query: string, start: number): number {
  const end = query.indexOf('\n', start)
  return end < 0 ? query.length : end
}
