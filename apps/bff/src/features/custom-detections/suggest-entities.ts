import { type EntityMapping, mappableKinds, type MappableKind } from '@cordon/contract'
import { keyParts, type RowKind, suggestMappings } from '@cordon/entities'

/** Which entities the columns of an answer seem to name, each with all parts of its key. */
export function suggestEntities(columns: readonly { name: string; type: string }[]): EntityMapping[] {
  return suggestMappings(columns, [], undefined).flatMap(({ kind, role, parts }) =>
    isMappable(kind) && keyParts[kind].every((name) => parts[name]) ? [{ kind, role, parts: { ...parts } }] : [],
  )
}

function isMappable(kind: RowKind): kind is MappableKind {
  return Object.hasOwn(mappableKinds, kind)
}
