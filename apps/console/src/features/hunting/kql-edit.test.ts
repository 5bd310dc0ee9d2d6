import { describe, expect, it } from 'vitest'
import { refined } from './kql-edit.ts'

const text = (value: unknown, name = 'ProcessName') => ({ column: { name, type: 'string' }, value })

describe('refining a query by its results', () => {
  it('puts the condition before what only orders, cuts or draws', () => {
    expect(refined('T\n| where A > 1\n| sort by B desc\n| take 10\n| render piechart', text('sh'), 'equals')).toBe(
      'T\n| where A > 1\n| where ProcessName == "sh"\n| sort by B desc\n| take 10\n| render piechart',
    )
    expect(refined('T | summarize count() by ProcessName | top 5 by count_', text('sh'), 'not-equals')).toBe(
      'T | summarize count() by ProcessName\n| where ProcessName != "sh"\n| top 5 by count_',
    )
  })

  it('takes no pipe of a text, a comment or a bracket for an operator', () => {
    const query = 'T | where A == "x | render y" // | take 5\n| join (U | take 3) on A'
    expect(refined(query, text('sh'), 'equals')).toBe(`${query}\n| where ProcessName == "sh"`)
    expect(refined("T | where A == @'it''s | take 1' ", text('sh'), 'equals')).toBe(
      "T | where A == @'it''s | take 1'\n| where ProcessName == \"sh\"",
    )
    expect(refined('T // all of it | take 5', text('sh'), 'equals')).toBe(
      'T // all of it | take 5\n| where ProcessName == "sh"',
    )
  })

  it('narrows the last statement, and keeps its semicolon', () => {
    expect(refined('let x = 5;\nT | where A > x | take 1;', text('sh'), 'equals')).toBe(
      'let x = 5;\nT | where A > x\n| where ProcessName == "sh"\n| take 1;',
    )
  })

  it('writes values of each type as literals that end where they should', () => {
    const of = (value: unknown, type: string) =>
      refined('T', { column: { name: 'A', type }, value }, 'equals').slice(12)
    expect(of('" or true //', 'string')).toBe('== "\\" or true //"')
    expect(of('back\\slash\nline', 'string')).toBe('== "back\\\\slash\\nline"')
    expect(of('\u202egnp.exe', 'string')).toBe('== "\\u202egnp.exe"')
    expect(of('2026-11-21T04:00:00.0000000Z', 'datetime')).toBe('== datetime(2026-11-21T04:00:00.0000000Z)')
    expect(of('00:00:05', 'timespan')).toBe('== time(00:00:05)')
    expect(of(5, 'long')).toBe('== 5')
  })

  it('asks for what is missing by its type', () => {
    expect(refined('T', text(''), 'equals')).toContain('isempty(ProcessName)')
    expect(refined('T', { column: { name: 'A', type: 'long' }, value: null }, 'not-equals')).toContain('isnotnull(A)')
  })

  it('reaches into JSON, in dynamic columns and in texts, whatever the members are called', () => {
    const dynamic = { column: { name: 'Raw', type: 'dynamic' }, path: ['a', 'b-c', 0], value: 'x' }
    expect(refined('T', dynamic, 'equals')).toBe('T\n| where tostring(Raw.a["b-c"][0]) == "x"')
    const inText = { column: { name: 'AdditionalFields', type: 'string' }, path: ['ClusterName'], value: 'prod' }
    expect(refined('T', inText, 'extend')).toBe(
      'T\n| extend ClusterName = tostring(parse_json(AdditionalFields).ClusterName)',
    )
    expect(refined('T | where ClusterName != ""', inText, 'extend')).toContain('extend ClusterName_ =')
  })

  it('quotes names of columns that would not stand by themselves', () => {
    expect(refined('T', text('x', 'my col'), 'contains')).toBe('T\n| where ["my col"] contains "x"')
    expect(refined('T', text('x', 'kind'), 'contains')).toBe('T\n| where ["kind"] contains "x"')
  })
})
