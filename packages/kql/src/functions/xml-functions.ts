import { type Builder, dynamic } from './function.ts'

/** The longest document that is read, as documented for `parse_xml`. */
const maxBytes = 1_048_576

/** An open element: its name, and what it has so far as pairs of name and JSON text. */
const frames = 'Array(Tuple(String, Array(Tuple(String, String))))'
const members = 'Array(Tuple(String, String))'

const token = String.raw`'(?s)<!--.*?-->|<[?].*?[?]>|<!\\[CDATA\\[.*?\\]\\]>|<(?:[^>"\']|"[^"]*"|\'[^\']*\')*>|[^<]+'`
const attribute = String.raw`'([^\\s=/<>"\']+)\\s*=\\s*("[^"]*"|\'[^\']*\')'`

/** Members of one element: text alone is its value, several of one name are an array. */
function valueOf(list: string): string {
  const named = `arrayMap(m -> m.2, arrayFilter(m -> m.1 = k, ${list}))`
  const value = `if(length(${named}) = 1, ${named}[1], concat('[', arrayStringConcat(${named}, ','), ']'))`
  const object = `concat('{', arrayStringConcat(arrayMap(k -> concat(toJSONString(k), ':', ${value}), arrayDistinct(arrayMap(m -> m.1, ${list}))), ','), '}')`
  return `multiIf(empty(${list}), 'null', length(${list}) = 1 AND ${list}[1].1 = '#text', ${list}[1].2, ${object})`
}

/**
 * `parse_xml`: elements as bags, attributes as members beginning with `@`, text beside them as `#text`, elements of one
 * name as an array. The parts of the text are taken in order, with the elements that are open; null where they don't
 * fit together.
 */
const parseXml: Builder = (call) => {
  const xml = call.reused(0, 'string')
  const tokens = `extractAll(${xml}, ${token})`
  const name = `extract(t, '^</?([^\\\\s/>]+)')`
  const attributes = `CAST(arrayMap(a -> (concat('@', a[1]), toJSONString(decodeXMLComponent(substring(a[2], 2, length(a[2]) - 2)))), extractAllGroupsVertical(t, ${attribute})), '${members}')`
  const push = (open: string, member: string): string =>
    `arrayPushBack(arrayPopBack(${open}), (${open}[-1].1, arrayPushBack(${open}[-1].2, ${member})))`
  const step = `multiIf(
    empty(f) OR match(t, '^<(?:!--|[?]|!DOCTYPE)'), f,
    startsWith(t, '<![CDATA['), ${push('f', `('#text', toJSONString(substring(t, 10, length(t) - 12)))`)},
    startsWith(t, '</'), if(length(f) > 1 AND f[-1].1 = ${name}, ${push('arrayPopBack(f)', `(f[-1].1, ${valueOf('f[-1].2')})`)}, CAST([], '${frames}')),
    startsWith(t, '<') AND endsWith(t, '/>'), ${push('f', `(${name}, ${valueOf(attributes)})`)},
    startsWith(t, '<'), arrayPushBack(f, (${name}, ${attributes})),
    trimBoth(t, ' \\t\\r\\n') = '', f,
    ${push('f', `('#text', toJSONString(decodeXMLComponent(trimBoth(t, ' \\t\\r\\n'))))`)})`
  const read = `arrayFold((f, t) -> ${step}, ${tokens}, CAST([('', [])], '${frames}'))`
  const row = call.context.row
  const done = row ? row.reuse(read) : read
  const root = `${done}[1].2`
  const whole = `length(${xml}) <= ${maxBytes} AND arrayStringConcat(${tokens}) = ${xml} AND length(${done}) = 1 AND length(${root}) = 1 AND ${root}[1].1 != '#text'`
  return dynamic(`if(${whole}, concat('{', toJSONString(${root}[1].1), ':', ${root}[1].2, '}'), NULL)`)
}

/** Functions over XML. */
export const xmlFunctions: Readonly<Record<string, Builder>> = { parse_xml: parseXml }
