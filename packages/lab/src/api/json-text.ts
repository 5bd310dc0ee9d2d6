import type { KubeObject } from '../ports.ts'

const texts = new WeakMap<object, string>()

/**
 * JSON of a stored object, serialised once however many lists and watchers show it. Only for objects that are never
 * changed after they were stored.
 */
export function jsonText(object: KubeObject): string {
  let text = texts.get(object)
  if (text === undefined) texts.set(object, (text = JSON.stringify(object)))
  return text
}

/** The same without `kind` and `apiVersion`, as items of typed lists come. */
export function itemText(object: KubeObject): string {
  const text = jsonText(object)
  const head = `{"kind":${JSON.stringify(object.kind)},"apiVersion":${JSON.stringify(object.apiVersion)},`
  if (text.startsWith(head)) return `{${text.slice(head.length)}`
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object
  return JSON.stringify(rest)
}
