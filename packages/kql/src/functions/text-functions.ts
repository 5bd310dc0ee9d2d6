import { cast } from '../translate/casts.ts'
import { refuse, reuse } from '../translate/context.ts'
import { patternSql } from '../translate/regex.ts'
import { type Builder, type Call, dynamic, jsonArray, long, text, truth } from './function.ts'

const strcat: Builder = (call) =>
  text(call.count === 1 ? call.text(0) : `concat(${call.args.map((_, index) => call.text(index)).join(', ')})`)

const substring: Builder = (call) => {
  const start = call.as(1, 'long')
  const source = call.reused(0, 'string')
  const size = call.count > 2 ? `, greatest(ifNull(${call.long(2)}, 0), 0))` : ')'
  if (typeof start.constant === 'bigint' && start.constant >= 0n)
    return text(`substringUTF8(${source}, ${start.constant + 1n}${size}`)
  // Negative starts count from the end; before the beginning there is nothing.
  const place = `ifNull(${call.reused(1, 'long')}, 0)`
  return text(
    `multiIf(${place} >= 0, substringUTF8(${source}, ${place} + 1${size}, -${place} > toInt64(lengthUTF8(${source})), '', substringUTF8(${source}, ${place}${size})`,
  )
}

const split: Builder = (call) => {
  if (call.arg(1).constant === undefined)
    return refuse(call.node, 'The separator of split() must be a constant', 'extract_all() takes a pattern')
  const parts = `if(${call.text(1)} = '', [${call.text(0)}], splitByString(${call.text(1)}, ${call.text(0)}))`
  if (call.count < 3) return dynamic(`toJSONString(${parts})`, false)
  const index = call.long(2)
  return dynamic(
    `if(${index} >= 0 AND ${index} < length(${parts}), toJSONString([arrayElement(${parts}, ${index} + 1)]), NULL)`,
  )
}

/** Patterns count groups from 1; 0 is the whole match. */
const extract: Builder = (call) => {
  const group = call.constantNumber(1, 'The group')
  const pattern = `regexpExtract(${call.text(2)}, ${patternSql(call.context, call.as(0, 'string'))}, ${Math.trunc(group)})`
  const value = text(pattern)
  if (call.count < 4) return value
  return cast(call.context, value, typeArgument(call, 3))
}

function typeArgument(call: Call, index: number): 'string' {
  const node = call.node.parts['ArgumentList']
  void node
  const type = call.arg(index).constant
  if (typeof type !== 'string') return refuse(call.node, 'The type must be written as typeof(…)')
  return type as 'string' // one of the scalar types, checked by the binder
}

const countOf: Builder = (call) => {
  const kind = call.count > 2 ? call.constantText(2, 'The kind') : 'normal'
  if (kind === 'regex') return long(`countMatches(${call.text(0)}, ${patternSql(call.context, call.as(1, 'string'))})`)
  // Plain texts overlap: `aa` is twice in `aaa`.
  const [source, needle] = [call.reused(0, 'string'), call.reused(1, 'string')]
  return long(
    `if(${needle} = '', 0, arrayCount(i -> substring(${source}, i + 1, length(${needle})) = ${needle}, range(length(${source}))))`,
  )
}

const trimWith =
  (start: boolean, end: boolean): Builder =>
  (call) => {
    const pattern = { sql: patternSql(call.context, call.as(0, 'string')) }
    const group = (value: string): string => `concat(${start ? `'^(?:', ${value}, ')'` : `'(?:', ${value}, ')$'`})`
    const trimmed = `replaceRegexpOne(${call.text(1)}, ${group(pattern.sql)}, '')`
    if (!(start && end)) return text(trimmed)
    return text(`replaceRegexpOne(${trimmed}, concat('(?:', ${pattern.sql}, ')$'), '')`)
  }

const parseUrl: Builder = (call) => {
  const url = call.reused(0, 'string')
  const groups = reuse(call.context, {
    sql: `extractGroups(${url}, ${call.parameter(String.raw`^([A-Za-z][A-Za-z0-9+.-]*)://(?:([^:@/?#]*)(?::([^@/?#]*))?@)?([^:/?#]*)(?::([0-9]+))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$`)})`,
    type: 'dynamic',
    nullable: false,
  }).sql
  const names = ['Scheme', 'Username', 'Password', 'Host', 'Port', 'Path']
  const order = [1, 2, 3, 4, 5, 6]
  const members = names.map((name, index) => `'"${name}":', toJSONString(${groups}[${order[index]}]), ','`)
  const pairs = `arrayFilter(p -> p != '', splitByChar('&', ${groups}[7]))`
  const query = `arrayStringConcat(arrayMap(p -> concat(toJSONString(splitByChar('=', p)[1]), ':', toJSONString(substring(p, length(splitByChar('=', p)[1]) + 2))), ${pairs}), ',')`
  return dynamic(
    `concat('{', ${members.join(', ')}, '"Query Parameters":{', ${query}, '},"Fragment":', toJSONString(${groups}[8]), '}')`,
    false,
  )
}

/** KQL writes groups as `\1`, as SQL does. */
const replaceRegex: Builder = (call) =>
  text(`replaceRegexpAll(${call.text(0)}, ${patternSql(call.context, call.as(1, 'string'))}, ${call.text(2)})`)

const parseCommandLine: Builder = (call) => {
  const words = `extractAll(${call.text(0)}, ${call.parameter(String.raw`(?:[^\s"]+|"[^"]*")+`)})`
  return dynamic(jsonArray(`arrayMap(w -> toJSONString(replaceAll(w, '"', '')), ${words})`), false)
}

/** What follows a colon in the last part is an alternate data stream; the root of a drive keeps its separator. */
const parsePath: Builder = (call) => {
  const path = call.reused(0, 'string')
  const last = `regexpExtract(${path}, '([^/\\\\\\\\]*)$', 1)`
  const file = `splitByChar(':', ${last})[1]`
  const directory = `regexpExtract(${path}, '^(?:[a-z]+://)?(.*?)[/\\\\\\\\]?[^/\\\\\\\\]*$', 1)`
  const members: [string, string][] = [
    ['Scheme', `regexpExtract(${path}, '^([a-z]+)://', 1)`],
    ['RootPath', `regexpExtract(${path}, '^(?:[a-z]+://)?([A-Za-z]:[/\\\\\\\\]?)', 1)`],
    ['DirectoryPath', directory],
    ['DirectoryName', `regexpExtract(${directory}, '([^/\\\\\\\\]*)$', 1)`],
    ['Filename', file],
    ['Extension', `regexpExtract(${file}, '[.]([^.]*)$', 1)`],
    ['AlternateDataStreamName', `substring(${last}, length(${file}) + 2)`],
  ]
  return dynamic(
    `concat('{', ${members.map(([name, sql], index) => `'${index > 0 ? ',' : ''}"${name}":', toJSONString(${sql})`).join(', ')}, '}')`,
    false,
  )
}

/** Kusto writes the hexadecimal digits of escapes in lower case. */
function encodedUrl(call: Call): string {
  const pieces = `splitByChar('%', encodeURLComponent(${call.text(0)}))`
  return `arrayStringConcat(arrayMap((p, i) -> if(i = 1, p, concat(lower(substring(p, 1, 2)), substring(p, 3))), ${pieces}, arrayEnumerate(${pieces})), '%')`
}

/** Bytes that are no text give nothing. */
const decodedText: Builder = (call) => {
  const bytes = reuse(call.context, text(`tryBase64Decode(${call.text(0)})`)).sql
  return text(`if(isValidUTF8(${bytes}), ${bytes}, '')`)
}

/** Functions over texts. */
export const textFunctions: Readonly<Record<string, Builder>> = {
  strcat,
  strcat_delim: (call) =>
    text(
      `concat(${call.args
        .slice(1)
        .flatMap((_, index) => (index === 0 ? [call.text(1)] : [call.text(0), call.text(index + 1)]))
        .join(', ')}, '')`,
    ),
  strcat_array: (call) =>
    text(`arrayStringConcat(arrayMap(x -> JSONExtractString(x), ${call.elements(0)}), ${call.text(1)})`),
  strlen: (call) => long(`lengthUTF8(${call.text(0)})`),
  string_size: (call) => long(`length(${call.text(0)})`),
  tolower: (call) => text(`lowerUTF8(${call.text(0)})`),
  toupper: (call) => text(`upperUTF8(${call.text(0)})`),
  substring,
  split,
  extract,
  countof: countOf,
  replace_string: (call) =>
    text(`if(${call.text(1)} = '', ${call.text(0)}, replaceAll(${call.text(0)}, ${call.text(1)}, ${call.text(2)}))`),
  replace_regex: replaceRegex,
  replace: (call) =>
    text(`replaceRegexpAll(${call.text(2)}, ${patternSql(call.context, call.as(0, 'string'))}, ${call.text(1)})`),
  trim: trimWith(true, true),
  trim_start: trimWith(true, false),
  trim_end: trimWith(false, true),
  reverse: (call) => text(`reverseUTF8(${call.text(0)})`),
  strrep: (call) => {
    const count = `greatest(0, least(1024, ifNull(${call.long(1)}, 0)))`
    if (call.count < 3) return text(`repeat(${call.text(0)}, ${count})`)
    return text(`arrayStringConcat(arrayWithConstant(${count}, ${call.text(0)}), ${call.text(2)})`)
  },
  strcmp: (call) =>
    long(
      `multiIf(${call.reused(0, 'string')} < ${call.reused(1, 'string')}, -1, ${call.reused(0, 'string')} > ${call.reused(1, 'string')}, 1, 0)`,
    ),
  translate: (call) => {
    const [from, to] = [call.constantText(0, 'The searched characters'), call.constantText(1, 'The new characters')]
    const last = [...to].at(-1) ?? ''
    const padded = [...from].map((_, index) => [...to][index] ?? last)
    const pairs = [...from].map((character, index) => [call.parameter(character), call.parameter(padded[index] ?? '')])
    return text(
      `arrayStringConcat(arrayMap(c -> transform(c, [${pairs.map((pair) => pair[0]).join(', ')}], [${pairs.map((pair) => pair[1]).join(', ')}], c), extractAll(${call.text(2)}, '(?s).')))`,
    )
  },
  base64_encode_tostring: (call) => text(`base64Encode(${call.text(0)})`),
  base64_encodestring: (call) => text(`base64Encode(${call.text(0)})`),
  base64_decode_tostring: decodedText,
  base64_decodestring: decodedText,
  base64_decode_toarray: (call) =>
    dynamic(
      `toJSONString(arrayMap(i -> toUInt8(reinterpretAsUInt8(substring(tryBase64Decode(${call.text(0)}), i, 1))), range(1, length(tryBase64Decode(${call.text(0)})) + 1)))`,
      false,
    ),
  url_encode: (call) => text(`replaceAll(${encodedUrl(call)}, '%20', '+')`),
  url_encode_component: (call) => text(encodedUrl(call)),
  url_decode: (call) => text(`decodeURLComponent(${call.text(0)})`),
  regex_quote: (call) => text(`regexpQuoteMeta(${call.text(0)})`),
  parse_url: parseUrl,
  parse_urlquery: (call) => {
    const pairs = `arrayFilter(p -> p != '', splitByChar('&', replaceRegexpOne(${call.text(0)}, '^[?]', '')))`
    return dynamic(
      `concat('{"Query Parameters":{', arrayStringConcat(arrayMap(p -> concat(toJSONString(splitByChar('=', p)[1]), ':', toJSONString(substring(p, length(splitByChar('=', p)[1]) + 2))), ${pairs}), ','), '}}')`,
      false,
    )
  },
  parse_command_line: parseCommandLine,
  parse_path: parsePath,
  hash_sha256: (call) => text(`lower(hex(SHA256(${call.text(0)})))`),
  hash_sha1: (call) => text(`lower(hex(SHA1(${call.text(0)})))`),
  hash_md5: (call) => text(`lower(hex(MD5(${call.text(0)})))`),
  tohex: (call) => {
    const narrow = call.arg(0).type === 'int'
    const digits = `lower(trimLeft(hex(${narrow ? `toInt32(${call.long(0)})` : call.long(0)}), '0'))`
    const least = call.count > 1 ? `greatest(1, ${call.long(1)})` : '1'
    const padded = `leftPad(${digits}, greatest(${least}, length(${digits})), '0')`
    return text(call.nullable() ? `ifNull(${padded}, '')` : padded)
  },
  isempty: (call) =>
    truth(
      call.arg(0).type === 'string' || call.arg(0).type === 'dynamic'
        ? `empty(${call.text(0)})`
        : `isNull(${call.arg(0).sql})`,
    ),
  isnotempty: (call) =>
    truth(
      call.arg(0).type === 'string' || call.arg(0).type === 'dynamic'
        ? `notEmpty(${call.text(0)})`
        : `isNotNull(${call.arg(0).sql})`,
    ),
  notempty: (call) =>
    truth(
      call.arg(0).type === 'string' || call.arg(0).type === 'dynamic'
        ? `notEmpty(${call.text(0)})`
        : `isNotNull(${call.arg(0).sql})`,
    ),
  unicode_codepoints_from_string: (call) =>
    dynamic(
      `toJSONString(arrayMap(c -> toUInt32(reinterpretAsUInt32(reverse(convertCharset(c, 'UTF-8', 'UTF-32BE')))), extractAll(${call.text(0)}, '(?s).')))`,
      false,
    ),
  has_any_index: (call) => {
    const terms = call.elements(1)
    const source = call.reused(0, 'string')
    const pattern = `concat('(?si)(?:^|', ${call.parameter('[^\\p{L}\\p{N}]')}, ')', regexpQuoteMeta(JSONExtractString(x)), '(?:$|', ${call.parameter('[^\\p{L}\\p{N}]')}, ')')`
    return long(`toInt64(arrayFirstIndex(x -> match(${source}, ${pattern}), ${terms})) - 1`)
  },
}
