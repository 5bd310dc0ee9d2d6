import { columnSql, type Item, type Plan } from './relation.ts'

/** Ids that an operator's output must offer; undefined = all of them. */
type Needed = ReadonlySet<string> | undefined

/**
 * The plan without columns that nobody reads, and with filters joined to what they stand on. The engine would leave
 * both out as well, but it takes longer to read the long statement than many hunts take to run.
 */
export function prune(plan: Plan, needed: Needed): Plan {
  switch (plan.op) {
    case 'text':
      return plan
    case 'scan':
      return { ...plan, items: wanted(plan.items, needed) }
    case 'project': {
      const items = wanted(plan.items, needed)
      const input = prune(plan.input, referred(items))
      // What only passes on is left out, unless somebody wants exactly these columns.
      if (needed && items.length > 0 && items.every((item) => item.sql === columnSql(item.id))) return input
      return { ...plan, items, input }
    }
    case 'filter':
      return joinedFilter({ ...plan, input: prune(plan.input, needed && union(needed, idsIn(plan.where))) })
    case 'aggregate': {
      // A group per key, whoever reads it; and a group needs a value.
      const kept = wanted(plan.items, needed)
      const items = kept.length > 0 ? kept : plan.items.slice(0, 1)
      return { ...plan, items, input: prune(plan.input, referred([...plan.keys, ...items])) }
    }
    case 'limit':
      return { ...plan, input: prune(plan.input, needed && union(needed, keyIds(plan.order))) }
    case 'limit-by':
      return { ...plan, input: prune(plan.input, needed && union(needed, new Set(plan.by), keyIds(plan.order))) }
    case 'expand': {
      const items = wanted(plan.items, needed)
      const read = referred(items)
      const keep = plan.keep.filter((id) => !needed || needed.has(id) || read.has(id))
      return { ...plan, items, keep, input: prune(plan.input, union(new Set(keep), idsIn(plan.array))) }
    }
    case 'join': {
      const items = wanted(plan.items, needed)
      const texts = [...items.map((item) => item.sql), plan.on]
      const left = union(...texts.map((text) => idsIn(text)))
      const right = union(...texts.map((text) => idsIn(text, '$r')))
      return { ...plan, items, left: prune(plan.left, left), right: prune(plan.right, right) }
    }
    case 'union':
      return {
        ...plan,
        inputs: plan.inputs.map((input) => {
          const items = wanted(input.items, needed)
          return { items, plan: prune(input.plan, referred(items)) }
        }),
      }
    case 'shared':
      // Read in several places, which may need different columns.
      return { ...plan, plan: prune(plan.plan, undefined) }
  }
}

function wanted(items: readonly Item[], needed: Needed): readonly Item[] {
  return needed ? items.filter((item) => needed.has(item.id)) : items
}

function referred(items: readonly Item[]): ReadonlySet<string> {
  return union(...items.map((item) => idsIn(item.sql)))
}

function keyIds(order: readonly { id: string }[]): ReadonlySet<string> {
  return new Set(order.map((key) => key.id))
}

function union(...sets: readonly ReadonlySet<string>[]): Set<string> {
  return new Set(sets.flatMap((set) => [...set]))
}

const references = { $: /`\$`\.`((?:[^`\\]|\\.)*)`/g, $r: /`\$r`\.`((?:[^`\\]|\\.)*)`/g } as const

/** Ids of the input that SQL of ours names; names within sub-queries come along and do no harm. */
function idsIn(sql: string, alias: keyof typeof references = '$'): Set<string> {
  return new Set([...sql.matchAll(references[alias])].map(([, id = '']) => id.replaceAll(/\\(.)/g, '$1')))
}

/** A filter as part of the scan or filter below, where the columns it reads are the same there. */
function joinedFilter(plan: Plan & { op: 'filter' }): Plan {
  const { input, where } = plan
  if (input.op === 'filter') return { ...input, where: `(${input.where}) AND (${where})` }
  if (input.op !== 'scan' || /\bSELECT\b/.test(where)) return plan
  const same = new Set(input.items.filter((item) => item.sql === columnSql(item.id)).map((item) => item.id))
  if (![...idsIn(where)].every((id) => same.has(id))) return plan
  return { ...input, where: input.where === '' ? where : `${input.where} AND (${where})` }
}
