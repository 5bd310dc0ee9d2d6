/** KQL's scalar types; `unknown` only where the columns depend on data. */
export type ScalarType =
  | 'string'
  | 'long'
  | 'int'
  | 'real'
  | 'bool'
  | 'datetime'
  | 'timespan'
  | 'dynamic'
  | 'decimal'
  | 'guid'
  | 'unknown'

export interface BoundColumn {
  name: string
  type: ScalarType
}

/** What a name or call refers to. `function` is a function of the language, `user` one declared by the query. */
export interface Reference {
  kind: 'column' | 'variable' | 'parameter' | 'table' | 'function' | 'user' | 'operator' | 'other'
  name: string
}

/**
 * A node of the syntax tree, bound to the schema: the official tree without its runtime. `kind` is the official class
 * name; `parts` are its children by their official names, lists as arrays, tokens as their text.
 */
export interface Syntax {
  kind: string
  /** Offsets in the query text. */
  start: number
  end: number
  parts: Readonly<Record<string, Syntax | readonly Syntax[] | string | undefined>>
  /** Type of a scalar expression. */
  type?: ScalarType
  /** Columns of a tabular expression. */
  columns?: readonly BoundColumn[]
  /** More columns than these are possible. */
  open?: boolean
  ref?: Reference
  /** The bound body of a call of a function that the query declares, or of its name where it takes no arguments. */
  body?: Syntax
}

/** A child node. */
export function part(node: Syntax, name: string): Syntax {
  const child = maybe(node, name)
  if (!child) throw new Error(`${node.kind} has no ${name}`)
  return child
}

/** A child node that may be absent. */
export function maybe(node: Syntax, name: string): Syntax | undefined {
  const child = node.parts[name]
  return typeof child === 'object' && !Array.isArray(child) ? (child as Syntax) : undefined // tokens and lists are excluded
}

/** A list of children; empty when absent. */
export function list(node: Syntax | undefined, name: string): readonly Syntax[] {
  const child = node?.parts[name]
  return Array.isArray(child) ? (child as readonly Syntax[]) : [] // lists hold nodes only
}

/** Every child node, those in lists included. */
export function children(node: Syntax): Syntax[] {
  return Object.keys(node.parts).flatMap((name) => {
    const child = maybe(node, name)
    return child ? [child] : [...list(node, name)]
  })
}

/** The text of a token; empty when absent. */
export function token(node: Syntax, name: string): string {
  const child = node.parts[name]
  return typeof child === 'string' ? child : ''
}
