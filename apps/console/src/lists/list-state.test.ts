import { describe, expect, it } from 'vitest'
import { type ListShape, isDefaultFilter, queryOf, readList, writeList } from './list-state.ts'

const shape: ListShape = {
  filters: { status: ['new', 'in-progress'], cluster: [], last: [] },
  sort: { key: 'updated', dir: 'desc' },
  columns: ['name', 'status'],
}
const read = (text: string) => readList(new URLSearchParams(text), shape)
const write = (text: string, change: Partial<ReturnType<typeof read>>, complete?: boolean) =>
  writeList(new URLSearchParams(text), { ...read(text), ...change }, shape, complete).toString()

describe('list state in the address', () => {
  it('has the defaults where the address is silent', () => {
    expect(read('').filters).toEqual({ status: ['new', 'in-progress'], cluster: [], last: [] })
    expect(isDefaultFilter(read('open=7'), shape)).toBe(true)
  })

  it('tells a cleared filter from an untouched one', () => {
    const cleared = write('', { filters: { status: [], cluster: [], last: [] } })
    expect(cleared).toBe('status=any')
    expect(read(cleared).filters.status).toEqual([])
    expect(isDefaultFilter(read(cleared), shape)).toBe(false)
  })

  it('keeps parameters of others and leaves defaults out', () => {
    expect(write('open=7&q=web', { search: '', sort: { key: 'severity', dir: 'asc' } })).toBe(
      'open=7&sort=severity&dir=asc',
    )
    expect(
      write('status=resolved', { filters: { status: ['new', 'in-progress'], cluster: ['a b&c'], last: [] } }),
    ).toBe('cluster=a+b%26c')
  })

  it('names everything in a link for someone else, and reads it back the same', () => {
    const link = write('', {}, true)
    expect(link).toBe('status=new&status=in-progress&sort=updated&dir=desc')
    expect(read(link)).toEqual(read(''))
  })

  it('becomes an endpoint query with an absolute time', () => {
    const now = Date.parse('2026-11-21T10:00:30Z')
    expect(queryOf(read('last=24h&status=any&q=web'), now)).toEqual({
      from: '2026-11-20T10:00:00.000Z',
      search: 'web',
      sort: 'updated',
      dir: 'desc',
    })
  })
})
