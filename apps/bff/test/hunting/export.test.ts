import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Role } from '@cordon/rbac'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huntingServer, type HuntingServer } from './hunting-server.ts'

let server: HuntingServer
const directory = mkdtempSync(path.join(tmpdir(), 'cordon-export-'))
beforeAll(async () => {
  server = await huntingServer()
})
afterAll(async () => {
  await server.close()
  rmSync(directory, { recursive: true, force: true })
})

async function download(role: Role, query: string, format: string): Promise<Response> {
  return fetch(`${server.origin}/api/v1/hunting/export`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await server.token(role)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, format }),
  })
}

const values =
  'print s = "x,y", f = "=1+1", n = long(9007199254740993), r = 1.5, t = 90m, d = datetime(2026-01-02T03:04:05.6Z), b = true, j = dynamic({"k": [1]}), none = long(null)'

describe('files of an answer', () => {
  it('CSV holds no formula', async () => {
    const response = await download('viewer', values, 'csv')
    expect(await response.text()).toBe(
      `s,f,n,r,t,d,b,j,none\r\n"x,y",'=1+1,9007199254740993,1.5,01:30:00,2026-01-02T03:04:05.6000000Z,true,"{""k"":[1]}",\r\n`,
    )
    expect(response.headers.get('content-disposition')).toBe('attachment; filename=hunt.csv')
  })

  it.each(['-1+1', '+x', '@SUM(A1)', '\t=1', ' =1', '|cmd', '＝1', '\r=1'])('CSV keeps %j a text', async (text) => {
    const response = await download('viewer', `print a = ${JSON.stringify(text)}`, 'csv')
    expect(await response.text()).toMatch(/^a\r\n"?'/)
  })

  it('NDJSON has the values of the API', async () => {
    const call = await server.as('viewer')
    const { results } = await call('huntingQuery', { body: { query: values } })
    const lines = (await (await download('viewer', values, 'ndjson')).text()).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(results)
  })

  it('Parquet has names and types', async () => {
    const response = await download('viewer', values, 'parquet')
    const file = path.join(directory, 'hunt.parquet')
    writeFileSync(file, Buffer.from(await response.arrayBuffer()))
    const read = `const { query } = require('chdb'); console.log(query("SELECT * FROM file('${file}') FORMAT JSONEachRow"), query("DESCRIBE file('${file}') FORMAT TSV"))`
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', read])
    expect(stdout).toContain('"n":9007199254740993')
    expect(stdout).toContain('"d":"2026-01-02 03:04:05.600000"')
    expect(stdout).toContain('"t":5400')
    expect(stdout).toMatch(/\bn\s+Int64/)
  })

  it('says how many rows a viewer did not get, and gives an analyst all', async () => {
    const query = 'range x from 1 to 150000 step 1'
    const cut = await download('viewer', query, 'csv')
    expect(cut.headers.get('content-disposition')).toBe('attachment; filename=hunt-100000-of-150000.csv')
    expect([cut.headers.get('x-cordon-rows'), cut.headers.get('x-cordon-rows-total')]).toEqual(['100000', '150000'])
    expect((await cut.text()).split('\r\n')).toHaveLength(100_002)
    const whole = await download('analyst', query, 'ndjson')
    expect((await whole.text()).trim().split('\n')).toHaveLength(150_000)
  })

  it('fails as a problem, not as half a file', async () => {
    const response = await download(
      'analyst',
      'range x from 1 to 500000 step 1 | extend y = strrep(strcat("a", x), 1024) | summarize make_list(y) by x % 3',
      'csv',
    )
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('768 MiB') })
  })
})
