import { refuse, reuse } from '../translate/context.ts'
import { type Builder, type Call, dynamic, jsonArray, long, named, text } from './function.ts'
import { json, pointAt, pointJson } from './geo-point-functions.ts'

/** A cell that every function takes: all branches are computed for every row, so none may fail. */
const someCell = 'toUInt64(599686042433355775)'

/** A cell from its text: its number, and whether it is one. */
function cellOf(call: Call): { cell: string; valid: string } {
  const token = call.reused(0, 'string')
  const once = (sql: string): string => reuse(call.context, { sql, type: 'long', nullable: false }).sql
  const number = once(`reinterpretAsUInt64(reverse(unhex(leftPad(${token}, 16, '0'))))`)
  const valid = once(`(match(${token}, '^[0-9a-f]{1,16}$') AND h3IsValid(${number}))`)
  return { cell: `if(${valid}, ${number}, ${someCell})`, valid }
}

const toCell: Builder = (call) => {
  const given = call.count > 2 ? call.arg(2).constant : 6n
  if (given === null) return text(`''`)
  if (typeof given !== 'bigint') return refuse(call.node, 'The resolution of a cell must be a constant number')
  if (given < 0n || given > 15n) return text(`''`)
  const { longitude, latitude, valid } = pointAt(call, 0)
  const [x, y] = [longitude, latitude].map((value) => `assumeNotNull(if(${valid}, ${value}, 0.))`)
  return text(`if(${valid}, h3ToString(geoToH3(${y}, ${x}, ${given})), '')`)
}

/** The resolution of the answer: the given one, or one beside that of the cell; and whether it is within these. */
function resolution(call: Call, cell: string, step: -1 | 1): { at: string; given: string } {
  const given = call.count > 1 ? `ifNull(${call.long(1)}, -1)` : `toInt64(h3GetResolution(${cell})) + ${step}`
  return { given, at: `toUInt8(least(15, greatest(0, ${given})))` }
}

const parent: Builder = (call) => {
  const { cell, valid } = cellOf(call)
  const { at, given } = resolution(call, cell, -1)
  const coarser = `${given} >= 0 AND ${given} <= toInt64(h3GetResolution(${cell}))`
  return text(`if(${valid} AND ${coarser}, h3ToString(h3ToParent(${cell}, if(${coarser}, ${at}, 0))), '')`)
}

/** At most five resolutions finer, as documented. */
const children: Builder = (call) => {
  const { cell, valid } = cellOf(call)
  const { at, given } = resolution(call, cell, 1)
  const own = `toInt64(h3GetResolution(${cell}))`
  const finer = `${given} <= 15 AND ${given} - ${own} BETWEEN 0 AND 5`
  const cells = `h3ToChildren(${cell}, if(${finer}, ${at}, h3GetResolution(${cell})))`
  return dynamic(`if(${valid} AND ${finer}, ${cellsJson(cells)}, NULL)`)
}

const cellsJson = (cells: string): string => jsonArray(`arrayMap(c -> concat('"', h3ToString(c), '"'), ${cells})`)

/** The widest distance of rings, as documented. */
const maxDistance = 142

/**
 * The cell, the ring of cells around it, the ring around that, and so on. The store gives them in this order, but around
 * the twelve pentagons of a resolution, where it is not known.
 */
const rings: Builder = (call) => {
  const { cell, valid } = cellOf(call)
  const distance = `ifNull(${call.long(1)}, -1)`
  const inside = `(${valid} AND ${distance} BETWEEN 0 AND ${maxDistance})`
  const steps = `toUInt16(if(${inside}, ${distance}, 0))`
  const ring = cellsJson('arraySlice(k, if(d = 0, 1, 2 + 3 * d * (d - 1)), if(d = 0, 1, 6 * d))')
  const pentagon = `throwIf(arrayExists(c -> h3IsPentagon(c), k), 'geo_h3cell_rings is not supported around a pentagon')`
  const all = jsonArray(`arrayMap(d -> ${ring}, range(toUInt32(${steps}) + 1))`)
  return dynamic(`if(${inside}, ${named('k', `h3kRing(${cell}, ${steps})`, `if(${pentagon} = 0, ${all}, '')`)}, NULL)`)
}

const center: Builder = (call) => {
  const { cell, valid } = cellOf(call)
  const point = `h3ToGeo(${cell})`
  return dynamic(`if(${valid}, ${pointJson(call, `tupleElement(${point}, 2)`, `tupleElement(${point}, 1)`)}, NULL)`)
}

const polygon: Builder = (call) => {
  const { cell, valid } = cellOf(call)
  const boundary = reuse(call.context, { sql: `h3ToGeoBoundary(${cell})`, type: 'dynamic', nullable: false }).sql
  // Nothing can be set aside within a function over the corners.
  const inner = { ...call.context, row: undefined }
  const corner = `concat('[', assumeNotNull(${json(inner, 'tupleElement(p, 2)')}), ',', assumeNotNull(${json(inner, 'tupleElement(p, 1)')}), ']')`
  const corners = jsonArray(`arrayMap(p -> ${corner}, arrayPushBack(${boundary}, ${boundary}[1]))`)
  return dynamic(`if(${valid}, concat('{"type":"Polygon","coordinates":[', ${corners}, ']}'), NULL)`)
}

/** Functions over cells of the H3 grid, which the store knows too. */
export const h3Functions: Readonly<Record<string, Builder>> = {
  geo_point_to_h3cell: toCell,
  geo_h3cell_level: (call) => {
    const { cell, valid } = cellOf(call)
    return long(`if(${valid}, h3GetResolution(${cell}), NULL)`, true)
  },
  geo_h3cell_parent: parent,
  geo_h3cell_children: children,
  geo_h3cell_rings: rings,
  geo_h3cell_to_central_point: center,
  geo_h3cell_to_polygon: polygon,
}
