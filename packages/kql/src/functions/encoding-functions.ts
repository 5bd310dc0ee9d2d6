import { toDynamic } from '../translate/casts.ts'
import { reuse } from '../translate/context.ts'
import { type Builder, text, truth } from './function.ts'

/** A character as UTF-8 from its code point. */
export function character(point: string): string {
  const head = (mark: number, shift: number): string => `${mark} + bitShiftRight(${point}, ${shift})`
  const rest = (shift: number): string => `128 + bitAnd(bitShiftRight(${point}, ${shift}), 63)`
  return `multiIf(${point} < 128, char(${point}), ${point} < 2048, char(${head(192, 6)}, ${rest(0)}), ${point} < 65536, char(${head(224, 12)}, ${rest(6)}, ${rest(0)}), char(${head(240, 18)}, ${rest(12)}, ${rest(6)}, ${rest(0)}))`
}

/** The text of code points, given one by one and in arrays; empty where one of them is none. */
const fromCodePoints: Builder = (call) => {
  const points = call.args.map((value) => {
    const json = `ifNull(${toDynamic(call.context, value).sql}, 'null')`
    return value.type === 'dynamic'
      ? `if(startsWith(${json}, '['), JSONExtractArrayRaw(${json}), [${json}])`
      : `[${json}]`
  })
  const all = reuse(call.context, {
    sql: `arrayMap(p -> ifNull(toInt64OrNull(p), -1), arrayConcat(${points.join(', ')}))`,
    type: 'dynamic',
    nullable: false,
  }).sql
  const valid = `arrayAll(p -> p BETWEEN 0 AND 55295 OR p BETWEEN 57344 AND 1114111, ${all})`
  return text(`if(${valid}, arrayStringConcat(arrayMap(p -> ${character('p')}, ${all})), '')`)
}

/** The first three parts of a guid stand with their bytes turned around, as .NET writes them. */
const guidParts = [
  { from: 1, size: 4, turned: true },
  { from: 5, size: 2, turned: true },
  { from: 7, size: 2, turned: true },
  { from: 9, size: 2, turned: false },
  { from: 11, size: 6, turned: false },
]

const guidOfBase64: Builder = (call) => {
  const source = call.reused(0, 'string')
  const bytes = reuse(call.context, text(`tryBase64Decode(${source})`)).sql
  const parts = guidParts.map(({ from, size, turned }) => {
    const part = `substring(${bytes}, ${from}, ${size})`
    return `lower(hex(${turned ? `reverse(${part})` : part}))`
  })
  const sql = `if(length(${bytes}) = 16 AND length(${source}) = 24, concat(${parts.join(`, '-', `)}), NULL)`
  return { sql, type: 'guid', nullable: true }
}

const base64OfGuid: Builder = (call) => {
  const guid = call.as(0, 'guid')
  const bytes = reuse(call.context, text(`unhex(replaceAll(ifNull(${guid.sql}, ''), '-', ''))`)).sql
  const parts = guidParts.map(({ from, size, turned }) => {
    const part = `substring(${bytes}, ${from}, ${size})`
    return turned ? `reverse(${part})` : part
  })
  return text(`base64Encode(concat(${parts.join(', ')}))`)
}

/** Bytes as base64; empty where the array holds anything else. */
const base64OfArray: Builder = (call) => {
  const bytes = `arrayMap(b -> ifNull(toInt64OrNull(b), -1), ${call.elements(0)})`
  const valid = `arrayAll(b -> b BETWEEN 0 AND 255, ${bytes})`
  return text(`if(${valid}, base64Encode(arrayStringConcat(arrayMap(b -> char(b), ${bytes}))), '')`)
}

/** Functions between texts, code points and bytes. */
export const encodingFunctions: Readonly<Record<string, Builder>> = {
  unicode_codepoints_to_string: fromCodePoints,
  make_string: fromCodePoints,
  base64_decode_toguid: guidOfBase64,
  base64_encode_fromguid: base64OfGuid,
  base64_encode_fromarray: base64OfArray,
  isascii: (call) => truth(`NOT match(${call.text(0)}, '[^\\\\x00-\\\\x7F]')`),
  isutf8: (call) => truth(`isValidUTF8(${call.text(0)})`),
}
