import { describe, expect, it } from 'vitest'
import { cut, inertParts, inertString } from './inert-text.ts'

describe('inert text', () => {
  it.each([
    ['plain web-5d9f', 'plain web-5d9f'],
    ['\u001b[31mred\u001b[0m', '\\e[31mred\\e[0m'],
    ['invoice\u202Efdp.sh', 'invoice\\u{202E}fdp.sh'],
    ['a\u200Bb\u2066c\uFEFFd', 'a\\u{200B}b\\u{2066}c\\u{FEFF}d'],
    ['one\ntwo\r', 'one\\ntwo\\r'],
    ['\u0085\u0007', '\\x85\\x07'],
    ['x\u{E0041}', 'x\\u{E0041}'],
    ['\uD800!', '\\u{D800}!'],
    ['\u3164\u2800', '\\u{3164}\\u{2800}'],
    ['e\u0301\u0301\u0301\u0301', 'e\u0301\u0301\\u{0301}\\u{0301}'],
    ['日本語 مرحبا ✅', '日本語 مرحبا ✅'],
  ])('%j is shown as %j', (value, shown) => {
    expect(inertString(value)).toBe(shown)
  })

  it('marks escapes apart, so that typed backslashes cannot pass for them', () => {
    expect(inertParts('\\e\u001b').map((p) => p.escaped)).toEqual([false, true])
  })

  it('keeps line breaks and tabs only where the text is a block', () => {
    expect(inertString('a\n\tb', true)).toBe('a\n\tb')
    expect(inertString('a\n\tb')).toBe('a\\n\\tb')
  })

  it('cuts without leaving half a character', () => {
    expect(cut('ab😀cd', 3)).toEqual({ text: 'ab', omitted: 4 })
    expect(cut('abc', 3)).toEqual({ text: 'abc', omitted: 0 })
  })
})
