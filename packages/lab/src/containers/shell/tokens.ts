/** Operators, longest first, and the reserved words of the shell grammar. */
export const operators = ['&&', '||', ';;', '&>>', '&>', '|&', ';', '&', '|', '(', ')']
export const reserved = new Set([
  'if',
  'then',
  'elif',
  'else',
  'fi',
  'while',
  'until',
  'for',
  'do',
  'done',
  'case',
  'esac',
  'in',
  '{',
  '}',
  '!',
  '[[',
  'function',
])
export const closers = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', 'esac', '}'])
export const redirectPattern = /^(\d{0,4})(&>>|&>|<<<|<<-|<<|<>|<&|>&|>>|>\||<|>)/
