import type { Budget } from '../kernel/limits.ts'
import type { Process } from '../kernel/process.ts'
import { describe } from '../kernel/process.ts'
import { unescape } from '../shell/parse-word.ts'
import { fail, inputs, linesOf, parseFlags } from './program-input.ts'
import { formatPrintf } from './print-text.ts'
import type { Pattern } from './safe-pattern.ts'
import { toPattern } from './safe-pattern.ts'

interface Rule {
  when: 'begin' | 'end' | 'always' | { pattern: Pattern } | { left: string; operator: string; right: string }
  actions: string[]
}

/** awk as one-liners use it: BEGIN, END, /pattern/ and comparisons; print, printf and next. */
export async function awk(process: Process): Promise<number> {
  const { values, operands } = parseFlags(process.args.slice(1), 'Fv')
  const program = operands.shift()
  if (program === undefined) return fail(process, 'usage: awk [-F fs] prog [file ...]', 2)
  const variables = new Map<string, string>()
  const given = values.get('v')?.split(/=(.*)/s)
  if (given?.[0] !== undefined) variables.set(given[0], given[1] ?? '')
  try {
    const rules = parseRules(program, process.budget)
    const separator = values.has('F') ? unescape(values.get('F')!) : undefined
    const record = { fields: [] as string[], line: '', number: 0, separator, variables, budget: process.budget }
    for (const rule of rules) if (rule.when === 'begin') await act(process, rule, record)
    if (!rules.every((rule) => rule.when === 'begin')) {
      for await (const input of inputs(process, operands)) {
        for await (const line of linesOf(process, input.chunks)) {
          Object.assign(record, { line, number: record.number + 1, fields: splitFields(line, separator) })
          for (const rule of rules) if (meets(rule, record) && (await act(process, rule, record))) break
        }
      }
    }
    for (const rule of rules) if (rule.when === 'end') await act(process, rule, record)
    return 0
  } catch (error) {
    if (error instanceof AwkError) return fail(process, describe(error), 2)
    throw error
  }
}

class AwkError extends Error {}

interface RecordState {
  fields: string[]
  line: string
  number: number
  separator: string | undefined
  variables: Map<string, string>
  budget: Budget
}

function splitFields(line: string, separator: string | undefined): string[] {
  if (separator === undefined || separator === ' ') return line.trim() === '' ? [] : line.trim().split(/\s+/)
  return line.split(separator)
}

function parseRules(program: string, budget: Budget): Rule[] {
  const rules: Rule[] = []
  let rest = program.trim()
  while (rest !== '') {
    const match = /^([^{]*)(?:\{([^{}]*)\})?\s*;?\s*/s.exec(rest)
    if (match === null || match[0] === '') throw new AwkError(`syntax error at source line 1: ${rest.slice(0, 40)}`)
    rest = rest.slice(match[0].length)
    const head = match[1]!.trim()
    const actions = (match[2] ?? 'print')
      .split(/[;\n]/)
      .map((text) => text.trim())
      .filter((text) => text !== '')
    rules.push({ when: parseHead(head, budget), actions })
  }
  return rules
}

function parseHead(head: string, budget: Budget): Rule['when'] {
  if (head === '') return 'always'
  if (head === 'BEGIN') return 'begin'
  if (head === 'END') return 'end'
  const pattern = /^\/(.*)\/$/s.exec(head)?.[1]
  if (pattern !== undefined) return { pattern: toPattern(pattern, { budget }) }
  const comparison = /^(\S+?)\s*(==|!=|>=|<=|>|<|~)\s*(.+)$/s.exec(head)
  if (comparison === null) throw new AwkError(`unsupported pattern: ${head.slice(0, 40)}`)
  return { left: comparison[1]!, operator: comparison[2]!, right: comparison[3]! }
}

function meets(rule: Rule, record: RecordState): boolean {
  if (rule.when === 'always') return true
  if (typeof rule.when === 'string') return false
  if ('pattern' in rule.when) return rule.when.pattern.test(record.line)
  const left = evaluate(rule.when.left, record)
  const { operator } = rule.when
  if (operator === '~')
    return toPattern(rule.when.right.trim().replace(/^\/|\/$/g, ''), { budget: record.budget }).test(left)
  const right = evaluate(rule.when.right, record)
  const numeric =
    left.trim() !== '' && right.trim() !== '' && !Number.isNaN(Number(left)) && !Number.isNaN(Number(right))
  const [a, b] = numeric ? [Number(left), Number(right)] : [left, right]
  const results: Record<string, boolean> = {
    '==': a === b,
    '!=': a !== b,
    '>': a > b,
    '<': a < b,
    '>=': a >= b,
    '<=': a <= b,
  }
  return results[operator] ?? false
}

async function act(process: Process, rule: Rule, record: RecordState): Promise<boolean> {
  for (const action of rule.actions) {
    await process.tick()
    if (action === 'next') return true
    const print = /^print(f?)\b\s*(.*)$/s.exec(action)
    const assignment = /^([A-Za-z_]\w*)\s*([-+]?)=\s*(.+)$/s.exec(action)
    const increment = /^([A-Za-z_]\w*)\+\+$/.exec(action)
    if (print !== null) {
      const values = splitTop(print[2]!.replace(/^\((.*)\)$/s, '$1')).map((text) => evaluate(text, record))
      if (print[1] === 'f') await process.out(formatPrintf(values))
      else await process.out(`${values.length === 0 ? record.line : values.join(record.variables.get('OFS') ?? ' ')}\n`)
    } else if (increment !== null)
      record.variables.set(increment[1]!, String(Number(record.variables.get(increment[1]!) ?? 0) + 1))
    else if (assignment !== null) {
      const [, name, sign, text] = assignment as unknown as [string, string, string, string] // all groups take part
      const value = evaluate(text, record)
      const old = Number(record.variables.get(name) ?? 0)
      const next = sign === '' ? value : String(sign === '+' ? old + Number(value) : old - Number(value))
      record.variables.set(name, next)
      if (name === 'FS') record.separator = next
    } else throw new AwkError(`unsupported statement: ${action.slice(0, 40)}`)
  }
  return false
}

function splitTop(text: string): string[] {
  if (text.trim() === '') return []
  return (text.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? []).map((part) => part.trim())
}

/** A value: strings, fields, numbers and variables side by side are concatenated. */
function evaluate(text: string, record: RecordState): string {
  let result = ''
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|\$\w+|[A-Za-z_]\w*|-?[\d.]+|\S/g)) {
    if (token.startsWith('"')) result += unescape(token.slice(1, -1))
    else if (token.startsWith('$')) {
      const index = /^\$\d+$/.test(token)
        ? Number(token.slice(1))
        : token === '$NF'
          ? record.fields.length
          : Number(evaluate(token.slice(1), record))
      result += index === 0 ? record.line : (record.fields[index - 1] ?? '')
    } else if (token === 'NF') result += String(record.fields.length)
    else if (token === 'NR') result += String(record.number)
    else if (/^[A-Za-z_]/.test(token)) result += record.variables.get(token) ?? ''
    else if (/^-?[\d.]/.test(token)) result += token
    else throw new AwkError(`unsupported expression: ${text.slice(0, 40)}`)
  }
  return result
}
