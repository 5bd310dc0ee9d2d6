import { reuse } from '../translate/context.ts'
import { type Builder, type Call, dynamic, named, text } from './function.ts'
import { json, pointAt } from './geo-point-functions.ts'

/**
 * The curve of an S2 cell: where its four parts stand, by how the cell is turned, and how each part is turned itself.
 * A part is numbered by its column and row, twice the one and the other.
 */
const curve = {
  place: '[0, 1, 3, 2, 0, 3, 1, 2, 2, 3, 1, 0, 2, 1, 3, 0]',
  part: '[0, 1, 3, 2, 0, 2, 3, 1, 3, 2, 0, 1, 3, 1, 0, 2]',
  turn: '[1, 0, 0, 3]',
}
const levels = 30

/** The engine computes what follows from constants alone again for every place that names it. */
const asRow = (value: string): string => `materialize(${value})`

const once = (call: Call, sql: string): string => reuse(call.context, { sql, type: 'real', nullable: false }).sql

/** A value made of others with names, each written once; one layer below the operator, where each of them would be one. */
const chain = (steps: readonly (readonly [name: string, value: string])[], body: string): string =>
  steps.reduceRight((inner, [name, value]) => named(name, value, inner), body)

/** The cell of a point: the side of the cube around the earth, then the part of the part of it, as 16 digits. */
const toCell: Builder = (call) => {
  const point = pointAt(call, 0)
  const level = call.count > 2 ? once(call, `ifNull(${call.long(2)}, -1)`) : '11'
  const [east, north] = [point.longitude, point.latitude].map(
    (value) => `radians(assumeNotNull(if(${point.valid}, ${asRow(value)}, 0.)))`,
  )
  const stretched = (u: string): string =>
    `toUInt64(least(1073741823, greatest(0, floor(if(${u} >= 0, 0.5 * sqrt(greatest(0., 1 + 3 * ${u})), 1 - 0.5 * sqrt(greatest(0., 1 - 3 * ${u}))) * 1073741824))))`
  const next = named(
    'p',
    `${curve.place}[a.2 * 4 + bitAnd(bitShiftRight(i, 29 - k), 1) * 2 + bitAnd(bitShiftRight(j, 29 - k), 1) + 1]`,
    `(toUInt64(a.1 * 4 + p), toUInt8(bitXor(a.2, ${curve.turn}[p + 1])))`,
  )
  const parts = `arrayFold((a, k) -> ${next}, range(${levels}), (toUInt64(0), toUInt8(f % 2)))`
  // A cell ends with a one, and the zeros behind it are left out.
  const last = `bitShiftLeft(toUInt64(1), toUInt8(2 * (${levels} - least(${levels}, greatest(0, ${level})))))`
  const cell = chain(
    [
      // What is of the row comes first: within scan that is called x.
      ['l', last],
      ['e', east ?? ''],
      ['n', north ?? ''],
      ['x', 'cos(n) * cos(e)'],
      ['y', 'cos(n) * sin(e)'],
      ['z', 'sin(n)'],
      ['m', 'if(abs(x) > abs(y), if(abs(x) > abs(z), 0, 2), if(abs(y) > abs(z), 1, 2))'],
      ['f', 'm + if([x, y, z][m + 1] < 0, 3, 0)'],
      ['u', '[y / x, -x / y, -x / z, z / x, z / y, -y / z][f + 1]'],
      ['v', '[z / x, z / y, -y / z, y / x, -x / y, -x / z][f + 1]'],
      ['i', stretched('u')],
      ['j', stretched('v')],
      ['c', `toUInt64(bitShiftLeft(toUInt64(f), 61) + tupleElement(${parts}, 1) * 2 + 1)`],
    ],
    'bitOr(bitAnd(c, bitNot(l - 1)), l)',
  )
  return text(`if(${point.valid} AND ${level} BETWEEN 0 AND ${levels}, trimRight(lower(hex(${cell})), '0'), '')`)
}

/** A side of the cube as a whole: all branches are computed for every row, so none may fail. */
const someCell = '1152921504606846976'

/** What is known of a cell by its text: `o` whether it is one, `f` its side, `r` its column and row, `w` how many there are. */
function cellSteps(call: Call): [name: string, value: string][] {
  const next = chain(
    [
      ['p', 'bitAnd(bitShiftRight(c, toUInt8(59 - 2 * k)), 3)'],
      ['q', `${curve.part}[a.3 * 4 + p + 1]`],
    ],
    `(toUInt64(a.1 * 2 + intDiv(q, 2)), toUInt64(a.2 * 2 + q % 2), toUInt8(bitXor(a.3, ${curve.turn}[p + 1])))`,
  )
  const lastOf = (value: string): string => `bitAnd(${value}, toUInt64(bitNot(${value}) + 1))`
  return [
    ['t', asRow(call.text(0))],
    ['n', `reinterpretAsUInt64(reverse(unhex(rightPad(t, 16, '0'))))`],
    // The one that ends a cell stands at every second place only.
    [
      'o',
      `toUInt8(match(t, '^[0-9a-f]{1,16}$') AND bitShiftRight(n, 61) < 6 AND bitAnd(${lastOf('n')}, 1537228672809129301) != 0)`,
    ],
    ['c', `if(o = 1, n, toUInt64(${someCell}))`],
    ['l', `toUInt8(${levels} - intDiv(bitCount(toUInt64(${lastOf('c')} - 1)), 2))`],
    ['f', 'toUInt8(bitShiftRight(c, 61))'],
    ['r', `arrayFold((a, k) -> ${next}, range(l), (toUInt64(0), toUInt64(0), toUInt8(f % 2)))`],
    ['w', 'toFloat64(bitShiftLeft(toUInt64(1), l))'],
  ]
}

/** Longitude and latitude of a place within the cell as JSON, counted in widths of it. */
function placeJson(call: Call, right: string, up: string): string {
  const flat = (at: string): string =>
    `if(${at} >= 0.5, (4 * ${at} * ${at} - 1) / 3, (1 - 4 * (1 - ${at}) * (1 - ${at})) / 3)`
  const of = (...values: string[]): string => `[${values.join(', ')}][f + 1]`
  const text_ = (name: string): string => json({ ...call.context, row: undefined }, name)
  return chain(
    [
      ['s', `(toFloat64(r.1) + ${right}) / w`],
      ['t', `(toFloat64(r.2) + ${up}) / w`],
      ['u', flat('s')],
      ['v', flat('t')],
      ['x', of('1.', '-u', '-u', '-1.', 'v', 'v')],
      ['y', of('u', '1.', '-v', '-v', '-1.', 'u')],
      ['z', of('v', 'v', '1.', '-u', '-u', '-1.')],
      ['e', 'degrees(atan2(y, x))'],
      ['n', 'degrees(atan2(z, sqrt(x * x + y * y)))'],
    ],
    `assumeNotNull(concat('[', ${text_('e')}, ',', ${text_('n')}, ']'))`,
  )
}

const center: Builder = (call) => {
  const point = `concat('{"type":"Point","coordinates":', ${placeJson(call, '0.5', '0.5')}, '}')`
  return dynamic(chain(cellSteps(call), `if(o = 1, ${point}, NULL)`))
}

const polygon: Builder = (call) => {
  const corners = `arrayMap(b -> ${placeJson(call, 'b.1', 'b.2')}, [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)])`
  return dynamic(
    chain(
      cellSteps(call),
      `if(o = 1, concat('{"type":"Polygon","coordinates":[[', arrayStringConcat(${corners}, ','), ']]}'), NULL)`,
    ),
  )
}

/** Functions over cells of the S2 grid. */
export const s2Functions: Readonly<Record<string, Builder>> = {
  geo_point_to_s2cell: toCell,
  geo_s2cell_to_central_point: center,
  geo_s2cell_to_polygon: polygon,
}
