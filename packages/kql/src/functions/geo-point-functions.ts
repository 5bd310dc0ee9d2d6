import { toDynamic } from '../translate/casts.ts'
import { type Context, refuse, reuse } from '../translate/context.ts'
import { type Builder, type Call, dynamic, real, text, truth } from './function.ts'

/** The radius of the sphere that the documentation's distances are measured on, in metres. */
const radius = 6371010

interface Point {
  longitude: string
  latitude: string
  valid: string
}

/** A point of two arguments, longitude first; valid within ±180 and ±90 degrees. */
export function pointAt(call: Call, index: number): Point {
  const [longitude, latitude] = [call.reused(index, 'real'), call.reused(index + 1, 'real')]
  return {
    longitude,
    latitude,
    valid: `ifNull(${longitude} BETWEEN -180 AND 180 AND ${latitude} BETWEEN -90 AND 90, false)`,
  }
}

/** Metres along the sphere, by the haversine formula. */
function distance(a: Point, b: Point): string {
  const half = (name: 'longitude' | 'latitude'): string =>
    `pow(sin((radians(${b[name]}) - radians(${a[name]})) / 2), 2)`
  const square = `${half('latitude')} + ${half('longitude')} * cos(radians(${a.latitude})) * cos(radians(${b.latitude}))`
  return `${radius} * (2 * asin(sqrt(least(1., ${square}))))`
}

const distanceOf: Builder = (call) => {
  if (call.count > 4 && call.arg(4).constant !== false)
    return refuse(call.node, 'Distances on a spheroid are not supported', 'leave use_spheroid out')
  const [a, b] = [pointAt(call, 0), pointAt(call, 2)]
  return real(`if(${a.valid} AND ${b.valid}, ${distance(a, b)}, NULL)`, true)
}

const inCircle: Builder = (call) => {
  const [point, center] = [pointAt(call, 0), pointAt(call, 2)]
  const size = call.reused(4, 'real')
  const valid = `${point.valid} AND ${center.valid} AND ifNull(${size} > 0, false)`
  return truth(`if(${valid}, ${distance(point, center)} <= ${size}, NULL)`, true)
}

/** The direction from the first point to the second, in radians clockwise from north; null where there is none. */
const azimuth: Builder = (call) => {
  const [a, b] = [pointAt(call, 0), pointAt(call, 2)]
  const apart = `abs(${b.longitude} - ${a.longitude})`
  const same = `(${a.latitude} = ${b.latitude} AND (${apart} IN (0, 360) OR abs(${a.latitude}) = 90))`
  const opposite = `(${a.latitude} = -${b.latitude} AND (${apart} = 180 OR abs(${a.latitude}) = 90))`
  const turn = `(radians(${b.longitude}) - radians(${a.longitude}))`
  const [from, to] = [`radians(${a.latitude})`, `radians(${b.latitude})`]
  const angle = `atan2(sin${turn} * cos(${to}), cos(${from}) * sin(${to}) - sin(${from}) * cos(${to}) * cos${turn})`
  const valid = `${a.valid} AND ${b.valid} AND NOT (${same} OR ${opposite})`
  return real(`if(${valid}, if(${angle} < 0, ${angle} + 2 * pi(), ${angle}), NULL)`, true)
}

/** The longest geohash that the store makes. */
const longestGeohash = 12

const toGeohash: Builder = (call) => {
  const given = call.count > 2 ? call.arg(2).constant : 5n
  if (given === null) return text(`''`)
  if (typeof given !== 'bigint') return refuse(call.node, 'The length of a geohash must be a constant number')
  if (given < 1n || given > 18n) return text(`''`)
  if (given > longestGeohash)
    return refuse(call.node, `Geohashes of more than ${longestGeohash} characters are not supported`)
  const point = pointAt(call, 0)
  const at = (value: string): string => `assumeNotNull(ifNull(${value}, 0.))`
  return text(`if(${point.valid}, geohashEncode(${at(point.longitude)}, ${at(point.latitude)}, ${given}), '')`)
}

/** The characters of a geohash, five bits each. */
const geohashDigits = '0123456789bcdefghjkmnpqrstuvwxyz'

/** The number of the column or row of a geohash and how many there are, from its bits in turn. */
function geohashPart(hash: string, first: 0 | 1): { number: string; count: string } {
  // The first bit belongs to the longitude; of an even character, counted from 0, the first, third and fifth do.
  const bits = `arrayFlatten(arrayMap(c -> arrayMap(b -> bitTest(toUInt8(position('${geohashDigits}', c) - 1), toUInt8(4 - b)), range(5)), splitByString('', ${hash})))`
  const own = `arrayFilter((b, i) -> i % 2 = ${first === 0 ? 1 : 0}, ${bits}, arrayEnumerate(${bits}))`
  return {
    number: `arrayFold((n, b) -> toUInt64(n * 2 + b), ${own}, toUInt64(0))`,
    count: `bitShiftLeft(toUInt64(1), length(${own}))`,
  }
}

interface Cell {
  west: string
  south: string
  width: string
  height: string
  valid: string
}

function geohashCell(call: Call): Cell {
  const hash = call.reused(0, 'string')
  const [x, y] = [geohashPart(hash, 0), geohashPart(hash, 1)]
  const once = (sql: string): string => reuse(call.context, { sql, type: 'real', nullable: false }).sql
  const [width, height] = [once(`(360 / toFloat64(${x.count}))`), once(`(180 / toFloat64(${y.count}))`)]
  return {
    west: once(`(toFloat64(${x.number}) * ${width} - 180)`),
    south: once(`(toFloat64(${y.number}) * ${height} - 90)`),
    width,
    height,
    valid: `match(${hash}, '^[${geohashDigits}]{1,18}$')`,
  }
}

/** A real number as JSON. */
export const json = (context: Context, sql: string): string =>
  toDynamic(context, { sql, type: 'real', nullable: false }).sql

/** A point as GeoJSON, longitude first. */
export const pointJson = (call: Call, longitude: string, latitude: string): string =>
  `concat('{"type":"Point","coordinates":[', ${json(call.context, longitude)}, ',', ${json(call.context, latitude)}, ']}')`

const geohashCenter: Builder = (call) => {
  const { west, south, width, height, valid } = geohashCell(call)
  return dynamic(`if(${valid}, ${pointJson(call, `(${west} + ${width} / 2)`, `(${south} + ${height} / 2)`)}, NULL)`)
}

const geohashPolygon: Builder = (call) => {
  const { west, south, width, height, valid } = geohashCell(call)
  const [w, e] = [json(call.context, west), json(call.context, `(${west} + ${width})`)]
  const [s, n] = [json(call.context, south), json(call.context, `(${south} + ${height})`)]
  const corners = [
    [w, s],
    [e, s],
    [e, n],
    [w, n],
    [w, s],
  ].map(([x, y]) => `concat('[', ${x}, ',', ${y}, ']')`)
  return dynamic(
    `if(${valid}, concat('{"type":"Polygon","coordinates":[[', arrayStringConcat([${corners.join(', ')}], ','), ']]}'), NULL)`,
  )
}

/** Functions over points on the earth, and over geohashes. */
export const geoPointFunctions: Readonly<Record<string, Builder>> = {
  geo_distance_2points: distanceOf,
  geo_point_in_circle: inCircle,
  geo_azimuth: azimuth,
  geo_point_to_geohash: toGeohash,
  geo_geohash_to_central_point: geohashCenter,
  geo_geohash_to_polygon: geohashPolygon,
}
