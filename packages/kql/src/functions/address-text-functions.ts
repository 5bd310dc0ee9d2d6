import { type Builder, type Call, text, truth } from './function.ts'

/** Whether an address stands in the text with nothing beside it that could belong to it. */
function hasAddress(source: string, ip: string): string {
  const pattern = `concat('(?:^|[^0-9A-Za-z.])', regexpQuoteMeta(${ip}), '(?:$|[^0-9A-Za-z.]|[.](?:$|[^0-9A-Za-z]))')`
  return `(isNotNull(toIPv4OrNull(${ip})) AND match(${source}, ${pattern}))`
}

/** A prefix ends with a dot, or is a whole address; what stands in the text must be an address. */
function hasPrefix(source: string, prefix: string): string {
  const valid = `match(${prefix}, '^([0-9]{1,3}[.]){1,3}$|^[0-9]{1,3}([.][0-9]{1,3}){3}$')`
  const words = `arrayMap(w -> trimRight(w, '.'), splitByRegexp('[^0-9A-Za-z.]+', ${source}))`
  const begins = `if(endsWith(${prefix}, '.'), startsWith(w, ${prefix}), w = ${prefix})`
  return `(${valid} AND arrayExists(w -> ${begins} AND isNotNull(toIPv4OrNull(w)), ${words}))`
}

/** The addresses given as arguments or as one array. */
function given(call: Call): string {
  return call.arg(1).type === 'dynamic'
    ? `arrayMap(x -> JSONExtractString(x), ${call.elements(1)})`
    : `[${call.args
        .slice(1)
        .map((_, index) => call.text(index + 1))
        .join(', ')}]`
}

const any =
  (test: (source: string, value: string) => string): Builder =>
  (call) =>
    truth(`arrayExists(a -> ${test(call.reused(0, 'string'), 'a')}, ${given(call)})`)

const one =
  (test: (source: string, value: string) => string): Builder =>
  (call) =>
    truth(test(call.reused(0, 'string'), call.reused(1, 'string')))

/** An address with its network part only, as text; the size of the network is the smaller one given. */
const formatted =
  (withMask: boolean): Builder =>
  (call) => {
    const value = call.arg(0)
    const source = value.type === 'string' ? call.reused(0, 'string') : `IPv4NumToString(toUInt32(${call.long(0)}))`
    const address = `toIPv4OrNull(splitByChar('/', ${source})[1])`
    const own = `if(position(${source}, '/') > 0, toInt64OrNull(splitByChar('/', ${source})[2]), 32)`
    const asked = call.count > 1 ? call.long(1) : '32'
    const size = `least(${own}, ${asked})`
    const kept = `assumeNotNull(ifNull(if(${size} BETWEEN 0 AND 32, ${size}, 32), 32))`
    const masked = `IPv4NumToString(toUInt32(bitAnd(toUInt64(toUInt32(${address})), bitShiftLeft(bitShiftRight(toUInt64(4294967295), 32 - ${kept}), 32 - ${kept}))))`
    const shown = withMask ? `concat(${masked}, '/', toString(${size}))` : masked
    return text(
      `ifNull(if(isNotNull(${address}) AND ${size} BETWEEN 0 AND 32 AND ${asked} BETWEEN 0 AND 32, ${shown}, ''), '')`,
    )
  }

/** Functions over addresses as text, and over texts with addresses in them. */
export const addressTextFunctions: Readonly<Record<string, Builder>> = {
  has_ipv4: one(hasAddress),
  has_any_ipv4: any(hasAddress),
  has_ipv4_prefix: one(hasPrefix),
  has_any_ipv4_prefix: any(hasPrefix),
  format_ipv4: formatted(false),
  format_ipv4_mask: formatted(true),
}
