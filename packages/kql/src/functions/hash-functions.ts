import { epochTicks } from '../translate/scalar.ts'
import { refuse } from '../translate/context.ts'
import { type Builder, type Call, long } from './function.ts'

/** The bytes that Kusto hashes for a value: texts as they are, datetimes as eight bytes. */
function bytes(call: Call, index: number): string {
  const value = call.arg(index)
  switch (value.type) {
    case 'string':
      return value.sql
    case 'datetime':
      return `reinterpretAsString(reinterpretAsInt64(${value.sql}) + ${epochTicks})`
    default:
      return refuse(
        call.node,
        `The hash of a ${value.type} is Kusto's own`,
        'hash_sha256(tostring(…)) is the same everywhere',
      )
  }
}

const hash: Builder = (call) => {
  const value = `toInt64(xxHash64(${bytes(call, 0)}))`
  if (call.count < 2) return long(value)
  return long(`positiveModulo(${value}, ${call.long(1)})`, true)
}

/** Hashes by the algorithm that Kusto documents, xxHash64, for texts and datetimes. */
export const hashFunctions: Readonly<Record<string, Builder>> = {
  hash,
  hash_xxhash64: hash,
}
