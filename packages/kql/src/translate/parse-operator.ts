import type { Relation } from '../algebra/relation.ts'
import { list, part, type ScalarType, type Syntax, token } from '../service/syntax.ts'
import { cast } from './casts.ts'
import { type Context, refuse, Row } from './context.ts'
import { stringLiteral } from './literals.ts'
import { type Cell, withCells } from './make-columns.ts'
import { nameOf, parametersOf } from './names.ts'
import { storedClasses } from './regex.ts'
import { missing, type Scalar, sqlType } from './scalar.ts'
import { escapeRegex } from './text-match.ts'

interface Capture {
  name: string
  type: ScalarType
}

/** `parse` and `parse-where`: the pattern as one regular expression, a group per column. */
export function parseOperator(context: Context, node: Syntax, input: Relation): Relation {
  const parameters = parametersOf(list(node, 'Parameters'))
  const kind = parameters['kind'] ?? 'simple'
  const flags = parameters['flags'] ?? ''
  const { pattern, captures } = patternOf(node, kind === 'regex')
  const row = new Row(input, context.query)
  const inner = { ...context, row }
  const source = cast(inner, context.query.evaluate(inner, part(node, 'Expression')), 'string')
  // Plain captures cross line breaks; a pattern's dot does so by the flag `s` only.
  const set = [...'imUs'].filter((flag) => (flag === 's' && kind !== 'regex') || flags.includes(flag)).join('')
  const options = set.includes('s') ? `(?${set})` : `(?${set}-s)`
  const groups = row.setAside(
    `extractGroups(${source.sql}, ${context.query.parameters.text(options + pattern)})`,
    context.query.next(),
  )
  const found = `notEmpty(${groups})`
  const texts = captures.map((_, index): Scalar => ({
    sql: `${groups}[${index + 1}]`,
    type: 'string',
    nullable: false,
  }))
  const values = texts.map((value, index) => captured(inner, value, captures[index]?.type ?? 'string'))
  const typed = values.filter((value) => value.type !== 'string')
  // In the simple form one value that can't be read empties the whole row.
  const whole =
    kind === 'relaxed' ? found : `(${[found, ...typed.map((value) => `isNotNull(${value.sql})`)].join(' AND ')})`
  const flag = row.setAside(whole, context.query.next())
  const cells: Cell[] = input.columns.map((column) => ({ name: column.name, column }))
  for (const [index, capture] of captures.entries()) {
    const value = values[index] ?? missing(capture.type)
    const cell: Cell = { name: capture.name, value: blankUnless(flag, value) }
    const at = cells.findIndex((existing) => existing.name === capture.name)
    if (at < 0) cells.push(cell)
    else cells[at] = cell
  }
  const wheres = node.kind === 'ParseWhereOperator'
  const plan = wheres ? ({ op: 'filter', input: row.plan(), where: flag } as const) : row.plan()
  return withCells(context.query, input, cells, plan)
}

function captured(context: Context, text: Scalar, type: ScalarType): Scalar {
  return type === 'string' ? text : cast(context, text, type)
}

function blankUnless(flag: string, value: Scalar): Scalar {
  if (value.type === 'string') return { sql: `if(${flag}, ${value.sql}, '')`, type: 'string', nullable: false }
  return {
    sql: `if(${flag}, ${value.sql}, CAST(NULL, '${sqlType(value.type).replaceAll("'", "\\'")}'))`,
    type: value.type,
    nullable: true,
  }
}

function patternOf(node: Syntax, regex: boolean): { pattern: string; captures: Capture[] } {
  const pieces = list(node, 'Patterns')
  const captures: Capture[] = []
  let pattern = ''
  pieces.forEach((piece, index) => {
    const last = index === pieces.length - 1
    switch (piece.kind) {
      case 'StarExpression':
        pattern += last ? '.*' : '.*?'
        return
      case 'LiteralExpression':
      case 'CompoundStringLiteralExpression': {
        const text =
          piece.kind === 'LiteralExpression'
            ? stringLiteral(token(piece, 'Token'))
            : list(piece, 'Tokens')
                .map((each) => stringLiteral(token(each, 'Text')))
                .join('')
        pattern += regex ? withoutGroups(storedClasses(text)) : escapeRegex(text)
        return
      }
      default: {
        const type = typeOf(piece)
        captures.push({ name: nameOf(piece), type })
        pattern += regex ? regexCapture(type) : last ? '(.*)' : plainCapture(type, pieces[index + 1])
      }
    }
  })
  if (captures.length === 0) return refuse(node, 'The pattern names no column')
  return { pattern: `^${pattern}$`, captures }
}

/** As little as possible; before a star a number is all of its digits. */
function plainCapture(type: ScalarType, next: Syntax | undefined): string {
  if (next?.kind !== 'StarExpression') return '(.*?)'
  if (type === 'long' || type === 'int') return String.raw`(\s*[-+]?\d+|.*?)`
  return type === 'real' ? String.raw`(\s*[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|.*?)` : '(.*?)'
}

/** In the regex form captures take as much as they can, numbers their digits. */
function regexCapture(type: ScalarType): string {
  if (type === 'long' || type === 'int') return String.raw`(\s*[-+]?\d+\s*)`
  return type === 'real' ? String.raw`(\s*[-+]?[\d.]+(?:[eE][-+]?\d+)?\s*)` : '(.*)'
}

function typeOf(node: Syntax): ScalarType {
  if (node.kind !== 'NameAndTypeDeclaration') return 'string'
  return part(node, 'Name').type ?? 'string'
}

/** The pattern's own groups must not be counted among the columns. */
function withoutGroups(pattern: string): string {
  return pattern.replaceAll(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\((?!\?)/g, (match) => (match === '(' ? '(?:' : match))
}
