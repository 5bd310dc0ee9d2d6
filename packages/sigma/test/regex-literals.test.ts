import { expect, it } from 'vitest'
import { linearRegex } from '../src/index.ts'
import { regexLiterals } from '../src/regex-literals.ts'

it.each([
  ['curl\\s+.*\\.sh', ['curl']],
  ['(curl|wget)\\s', ['curl', 'wget']],
  ['a|bc', undefined],
  ['x?yz+', ['yz']],
  ['ab?cde', ['cde']],
  ['(foo)?bar', ['bar']],
  ['[abc]{3}\\d+', undefined],
  ['/dev/(tcp|udp)/', ['/dev/tcp/', '/dev/udp/']],
  ['-(W|R)\\s', ['-w', '-r']],
  ['(?i)secret', ['secret']],
  ['(?:one|two)three', ['onethree', 'twothree']],
  ['\\.(jpe?g|png)x', ['.jp', '.png']],
  ['(ab|cd)+e', ['ab', 'cd']],
  ['a(b|)cd', ['abcd', 'acd']],
  ['\\.\\./', ['../']],
  ['a\\|b', ['a|b']],
  ['(a(b|c)|)x', undefined],
  ['[|]ab', ['ab']],
  ['FOO|bar', ['foo', 'bar']],
  ['', undefined],
])('literals of %s', (pattern, literals) => expect(regexLiterals(pattern)).toEqual(literals))

it('never promises a text that a match lacks', () => {
  let seed = 5
  const next = (n: number) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % n
  const parts = [
    'ab',
    'c',
    'cd',
    '(ab|cd)',
    '(ab|c)?',
    'b?',
    'd*',
    '[ac]',
    '.',
    '(?:cd|ba)+',
    '|',
    'a{2}',
    '\\.',
    '(b|)',
    '(ab?|cd)',
    '(c+|b)',
    'c{0,2}',
  ]
  let matches = 0
  for (let i = 0; i < 4000; i++) {
    const pattern = Array.from({ length: 1 + next(5) }, () => parts[next(parts.length)]).join('')
    const regex = linearRegex(pattern)
    const literals = regexLiterals(pattern)
    for (let k = 0; k < 6; k++) {
      const text = Array.from({ length: next(8) }, () => 'abcd.'[next(5)]).join('')
      if (!literals || !regex.test(text)) continue
      matches++
      expect(
        literals.some((literal) => text.includes(literal)),
        `${pattern} on ${text}: ${literals.join()}`,
      ).toBe(true)
    }
  }
  expect(matches).toBeGreaterThan(100)
})
