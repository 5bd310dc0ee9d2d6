import { expect, test } from 'vitest'
import { ItemSplitter, LineSplitter, type Item } from './item-splitter.ts'

function split(text: string, step: number, maxItemBytes = 10_000): { items: Item[]; cut: boolean } {
  const splitter = new ItemSplitter({ lists: ['items', 'records'], maxItemBytes })
  const bytes = Buffer.from(text)
  const items: Item[] = []
  for (let at = 0; at < bytes.length; at += step) items.push(...splitter.push(bytes.subarray(at, at + step)))
  const end = splitter.end()
  return { items: [...items, ...end.items], cut: end.cut }
}

const a = '{"a":"}]\\"{[","items":1}'
const b = '{"b":[{"items":[1]},"é"],"n":null}'

const cases: [string, string, Item[], boolean][] = [
  ['one object', a, [{ text: a }], false],
  ['objects one after the other', `${a}\n${b} ${a}`, [{ text: a }, { text: b }, { text: a }], false],
  ['an array', `[ ${a}, ${b} ]`, [{ text: a }, { text: b }], false],
  ['an empty array', '[]', [], false],
  [
    'a wrapper',
    `{"kind":"EventList","metadata":{"items":[1]},"items":[${a},${b}]}`,
    [a, b].map((text) => ({ text, list: 'items' })),
    false,
  ],
  ['members after the list', `{"items":[${a}],"kind":"EventList","z":[{"q":1}]}`, [{ text: a, list: 'items' }], false],
  [
    'two wrappers',
    `{"items":[${a}]}{"records":[${b}]}${a}`,
    [{ text: a, list: 'items' }, { text: b, list: 'records' }, { text: a }],
    false,
  ],
  ['an empty list', '{"items":[]}', [], false],
  ['scalars in a list', '{"items":[1,"x",null]}', ['1', '"x"', 'null'].map((text) => ({ text, list: 'items' })), false],
  ['a list that is a value, not a key', '{"kind":"items","x":[1]}', [{ text: '{"kind":"items","x":[1]}' }], false],
  [
    'garbage between',
    `${a}\nnonsense\n${b}`,
    [{ text: a }, { reason: 'not JSON', excerpt: 'nonsense' }, { text: b }],
    false,
  ],
  ['cut in an item', `{"items":[${a},{"b":`, [{ text: a, list: 'items' }], true],
  ['cut after an item', `{"items":[${a}`, [{ text: a, list: 'items' }], true],
  ['cut in the wrapper', `{"items":[${a}]`, [{ text: a, list: 'items' }], true],
  ['cut in text', '{"a":"xy', [], true],
  ['byte order mark', `\ufeff${a}`, [{ text: a }], false],
]

test.each(cases)('%s', (_name, text, items, cut) => {
  // Every way to cut the bytes into chunks, as the network may.
  for (const step of [1, 2, 3, 7, 1_000]) {
    if (text.startsWith('\ufeff') && step < 3) continue // senders' first packet is longer
    expect(split(text, step)).toEqual({ items, cut })
  }
})

test('an item over the limit is passed over and told, the next one is read', () => {
  const big = `{"x":"${'y'.repeat(5_000)}"}`
  const { items, cut } = split(`{"items":[${big},${a}]}`, 700, 1_000)
  expect(cut).toBe(false)
  expect(items).toEqual([
    { reason: `event of ${big.length} bytes; the limit is 1000`, excerpt: expect.stringContaining('{"x":"yyy') },
    { text: a, list: 'items' },
  ])
})

test('lines: a bad one stays alone, a last one without its end counts as cut', () => {
  const lines = new LineSplitter({ maxItemBytes: 1_000 })
  expect([...lines.push(Buffer.from(`${a}\n{"bro`)), ...lines.push(Buffer.from(`ken\n\n${b}`))]).toEqual([
    { text: a },
    { text: '{"broken' },
  ])
  expect(lines.end()).toEqual({ items: [{ text: b }], cut: false })
  const cut = new LineSplitter({ maxItemBytes: 1_000 })
  cut.push(Buffer.from('{"a":'))
  expect(cut.end()).toEqual({ items: [], cut: true })
})
