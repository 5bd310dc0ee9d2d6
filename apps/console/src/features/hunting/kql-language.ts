import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language'
import { tags } from '@lezer/highlight'
import { kqlWords } from './kql-words.ts'

const types = new Set([
  'string',
  'long',
  'int',
  'real',
  'bool',
  'datetime',
  'timespan',
  'dynamic',
  'decimal',
  'guid',
  'typeof',
])

/** Enough of the language for colours; what is right or wrong the server says. */
export const kqlLanguage = StreamLanguage.define({
  name: 'kql',
  token(stream) {
    if (stream.eatSpace()) return null
    if (stream.match(/^\/\/.*/)) return 'comment'
    if (stream.match(/^[@h]?"(?:[^"\\]|\\.)*"?/) || stream.match(/^[@h]?'(?:[^'\\]|\\.)*'?/)) return 'string'
    if (stream.match(/^\d+(?:\.\d+)?(?:d|h|m|s|ms)?\b/)) return 'number'
    if (stream.match(/^(?:true|false|null)\b/)) return 'atom'
    if (stream.match(/^!?[A-Za-z_][\w]*(?:-[a-z]+)*~?/)) {
      const word = stream.current().replace(/^!/, '').replace(/~$/, '')
      if (kqlWords.has(word)) return 'keyword'
      if (types.has(word)) return 'typeName'
      return stream.peek() === '(' ? 'function' : 'variableName'
    }
    if (stream.match(/^[|=!<>~+\-*/%]+/)) return 'operator'
    stream.next()
    return null
  },
  languageData: { commentTokens: { line: '//' } },
  tokenTable: { function: tags.function(tags.variableName) },
})

export const kqlColours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: tags.keyword, color: 'var(--accent)', fontWeight: '600' },
    { tag: tags.string, color: 'var(--proof)' },
    { tag: tags.comment, color: 'var(--muted)', fontStyle: 'italic' },
    { tag: tags.number, color: 'var(--sev-medium)' },
    { tag: tags.typeName, color: 'var(--muted)' },
    { tag: tags.function(tags.variableName), color: 'var(--accent)' },
  ]),
)
