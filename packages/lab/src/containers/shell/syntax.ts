/** The syntax tree of shell commands. Words keep their quoting until they are expanded. */
export type Part =
  | { kind: 'text'; text: string; quoted: boolean }
  | { kind: 'parameter'; name: string; operator?: string; argument?: Word; quoted: boolean }
  | { kind: 'command'; source: string; quoted: boolean }
  | { kind: 'arithmetic'; expression: Word; quoted: boolean }

export type Word = Part[]

export interface Redirect {
  fd: number | undefined
  operator: '<' | '>' | '>>' | '>|' | '<>' | '<&' | '>&' | '&>' | '&>>' | '<<<' | '<<'
  target: Word
}

export type Command =
  | {
      kind: 'simple'
      assignments: { name: string; append: boolean; value: Word }[]
      words: Word[]
      redirects: Redirect[]
    }
  | { kind: 'pipeline'; commands: Command[]; negated: boolean }
  | { kind: 'and-or'; left: Command; operator: '&&' | '||'; right: Command }
  | { kind: 'sequence'; commands: { command: Command; background: boolean }[] }
  | { kind: 'if'; branches: { condition: Command; body: Command }[]; otherwise?: Command; redirects: Redirect[] }
  | { kind: 'loop'; until: boolean; condition: Command; body: Command; redirects: Redirect[] }
  | { kind: 'for'; variable: string; items: Word[] | undefined; body: Command; redirects: Redirect[] }
  | { kind: 'case'; subject: Word; branches: { patterns: Word[]; body: Command | undefined }[]; redirects: Redirect[] }
  | { kind: 'group'; body: Command; redirects: Redirect[] }
  | { kind: 'subshell'; body: Command; redirects: Redirect[] }
  | { kind: 'function'; name: string; body: Command }
  | { kind: 'arithmetic'; expression: Word; redirects: Redirect[] }
  | { kind: 'condition'; words: { word: Word; operator: boolean }[]; redirects: Redirect[] }

export class SyntaxError extends Error {}

/** The text ended inside a construct; with more input it may become complete. */
export class IncompleteInput extends SyntaxError {}
