/* oxlint-disable typescript/no-explicit-any -- helpers of compiled .NET code: they take whatever it gives them */

/** What we replace of Bridge.NET, the runtime that the language service is compiled for. */
interface BridgeRuntime {
  is(value: any, type: any, ignoreFn?: boolean, allowNull?: boolean): boolean
  as(value: any, type: any, allowNull?: boolean): any
  isArray(value: any, constructor?: any): boolean
  hasValue(value: any): boolean
  referenceEquals(a: any, b: any): boolean
  staticEquals(a: any, b: any): boolean
  unbox(value: any, noClone?: any): any
  ref(target: any, name: any): { v: any }
  getHashCode(value: any, safe?: boolean, deep?: boolean): number
  getTypeAlias(type: any): string
  getDefaultValue(type: any): unknown
  arrayTypes: readonly unknown[]
  Class: { getCachedType(generic: any, given: ArrayLike<unknown>): unknown }
}

interface ArrayRuntime {
  getCount(list: any, type?: any): number
  getItem(list: any, index: number, type?: any): any
}

interface Element {
  ChildCount: number
  GetChild(index: number): Element | null
}

type Visit = ((element: Element) => unknown) | null

interface Elements {
  WalkElements(root: Element | null, before?: Visit, after?: Visit, descend?: Visit): void
}

/**
 * Replaces the helpers of the runtime that one analysis calls fifty thousand times (type tests, list access, null
 * tests, references to fields) by ones that give the same answers sooner. Every case but the common one goes to the
 * helper that was there.
 */
export function takeShortcuts(bridge: BridgeRuntime, arrays: ArrayRuntime, elements: Elements): void {
  shortenValueTests(bridge)
  shortenTypeTests(bridge)
  bridge.ref = fieldReference(bridge.ref)
  bridge.getHashCode = hashCode(bridge.getHashCode)
  bridge.Class.getCachedType = genericOf(bridge.Class.getCachedType)
  shortenLists(bridge, arrays)
  elements.WalkElements = walk(elements.WalkElements)
}

/** Levels walked by calling; deeper ones are walked by the helper that was there. */
const deepest = 500

/** Neither a boxed value, nor a list (whose boxed members are unboxed in passing): what `unbox` leaves alone. */
function plain(value: any): boolean {
  return typeof value !== 'object' || (!value.$boxed && !Array.isArray(value) && !value.constructor?.$isArray)
}

function shortenValueTests(bridge: BridgeRuntime): void {
  const { unbox, hasValue, staticEquals } = bridge
  bridge.unbox = (value, noClone) =>
    value == null || (noClone === true && plain(value)) ? value : unbox(value, noClone)
  bridge.hasValue = (value) => value != null && (plain(value) || hasValue(value))
  bridge.referenceEquals = (a, b) => (bridge.hasValue(a) ? a === b : !bridge.hasValue(b))
  bridge.staticEquals = (a, b) => (b == null ? !bridge.hasValue(a) : staticEquals(a, b))
}

/** Whether objects of one class are of another type is found out once for each pair of them. */
function shortenTypeTests(bridge: BridgeRuntime): void {
  const { is, arrayTypes } = bridge
  const arrays = new Set(arrayTypes)
  const known = new Map<unknown, Map<unknown, boolean>>()
  bridge.isArray = (value, given) => {
    const constructor = given || (value == null ? null : value.constructor)
    return constructor ? Array.isArray(value) || Boolean(constructor.$isArray) || arrays.has(constructor) : false
  }
  bridge.is = (value, type, ignoreFn, allowNull) => {
    if (value == null) return Boolean(allowNull)
    if (typeof value !== 'object') return is(value, type, ignoreFn, allowNull)
    const { constructor } = value
    let answers = known.get(constructor)
    const answer = answers?.get(type)
    if (answer !== undefined) return answer
    const found = is(value, type, ignoreFn, allowNull)
    // Values are boxed with the struct or enum that they are of as their constructor; some types look at the value itself.
    if (typeof type !== 'function' || type.$is || type.$literal || !isClass(constructor)) return found
    if (!answers) known.set(constructor, (answers = new Map()))
    answers.set(type, found)
    return found
  }
  const { as } = bridge
  bridge.as = (value, type, allowNull) =>
    typeof value === 'object' && value !== null && isClass(value.constructor)
      ? bridge.is(value, type, false, allowNull)
        ? value
        : null
      : as(value, type, allowNull)
}

function isClass(constructor: any): boolean {
  return typeof constructor === 'function' && (constructor.$kind === 'class' || constructor.$kind === 'nested class')
}

/** Lists are asked under a name made of their members' type; which of several names a class answers to stays the same. */
function shortenLists(bridge: BridgeRuntime, arrays: ArrayRuntime): void {
  const { getCount, getItem } = arrays
  const members = new Map<unknown, { name: string; boxed: boolean }>()
  const counted = new Map<unknown, boolean>()
  const memberOf = (type: any): { name: string; boxed: boolean } => {
    let member = members.get(type)
    if (member === undefined) {
      const name = `System$Collections$Generic$IList$1$${bridge.getTypeAlias(type)}$getItem`
      members.set(type, (member = { name, boxed: bridge.getDefaultValue(type) !== null }))
    }
    return member
  }
  const hasCount = (list: any): boolean => {
    const { constructor } = list
    let found = counted.get(constructor)
    if (found === undefined) {
      found = isClass(constructor) && !constructor.$isArray && typeof list.Count === 'number'
      counted.set(constructor, found)
    }
    return found
  }
  arrays.getCount = (list, type) => {
    if (Array.isArray(list)) return list.length
    return hasCount(list) ? list.Count : getCount(list, type)
  }
  arrays.getItem = (list, index, type) => {
    if (!type) return getItem(list, index, type)
    if (Array.isArray(list)) return list[index]
    const { name, boxed } = memberOf(type)
    if (typeof list[name] === 'function') return list[name](index)
    return !boxed && typeof list.getItem === 'function' && list.get === undefined && isClass(list.constructor)
      ? list.getItem(index)
      : getItem(list, index, type)
  }
}

/** Types made of a generic one are looked up by the types given; the list that keeps them is searched from its start. */
function genericOf(slow: BridgeRuntime['Class']['getCachedType']): BridgeRuntime['Class']['getCachedType'] {
  const known = new Map<unknown, Map<unknown, unknown>>()
  return (generic, given) => {
    if (given.length !== 1) return slow(generic, given)
    let types = known.get(generic)
    const type = types?.get(given[0])
    if (type !== undefined) return type
    const found = slow(generic, given)
    if (found === null) return found
    if (!types) known.set(generic, (types = new Map()))
    types.set(given[0], found)
    return found
  }
}

class FieldReference {
  readonly target: any
  readonly name: string | number

  constructor(target: any, name: string | number) {
    this.target = target
    this.name = name
  }

  get v(): any {
    return this.target[this.name]
  }

  set v(value: any) {
    this.target[this.name] = value
  }
}

function fieldReference(slow: BridgeRuntime['ref']): BridgeRuntime['ref'] {
  return (target, name) =>
    typeof name === 'string' || typeof name === 'number' ? new FieldReference(target, name) : slow(target, name)
}

/** The one that was there marks the object while it asks it, and deletes the mark: such objects stay slow for good. */
function hashCode(slow: BridgeRuntime['getHashCode']): BridgeRuntime['getHashCode'] {
  let asking = false
  return (value, safe, deep) => {
    const own = typeof value === 'object' && value !== null && !value.$boxed ? value.getHashCode : undefined
    if (typeof own !== 'function' || own.length > 0 || asking) return slow(value, safe, deep)
    asking = true
    try {
      return own.call(value)
    } finally {
      asking = false
    }
  }
}

/** In the order of the text; the one that was there asks each element for its parent and its place on the way back. */
function walk(slow: Elements['WalkElements']): Elements['WalkElements'] {
  const visit = (element: Element, before: Visit, after: Visit, depth: number): void => {
    if (depth > deepest) return slow(element, before, after)
    before?.(element)
    for (let index = 0; index < element.ChildCount; index += 1) {
      const child = element.GetChild(index)
      if (child !== null && child !== undefined) visit(child, before, after, depth + 1)
    }
    after?.(element)
  }
  return (root, before, after, descend) =>
    root == null || descend != null ? slow(root, before, after, descend) : visit(root, before ?? null, after ?? null, 0)
}
