import { describe, expect, it } from 'vitest'
import { openApiDocument } from './openapi.ts'
import { routes } from './routes.ts'

const document = openApiDocument('1.2.3') as {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown> }
}
interface Operation {
  operationId: string
  parameters?: { name: string; in: string; required: boolean; schema: Record<string, unknown> }[]
  requestBody?: unknown
  security: unknown[]
  responses: Record<string, unknown>
}

describe('the OpenAPI document', () => {
  it('has every endpoint once, with its path parameters', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
    expect(operations.map((operation) => operation.operationId).toSorted()).toEqual(Object.keys(routes).toSorted())
    for (const [path, methods] of Object.entries(document.paths))
      for (const { parameters = [] } of Object.values(methods)) {
        const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
        const inPath = parameters.filter((parameter) => parameter.in === 'path')
        expect(inPath.map((parameter) => parameter.name)).toEqual(named)
        expect(inPath.every((parameter) => parameter.required)).toBe(true)
      }
  })

  it('refers only to schemas that it has', () => {
    const text = JSON.stringify(document)
    expect(text).not.toContain('$defs')
    const refs = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]))
    expect(refs.size).toBeGreaterThan(10)
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`)
    expect([...refs].filter((ref) => !known.includes(ref as string))).toEqual([])
  })

  it('says of each query parameter what it takes and that it may be left out', () => {
    const { get } = document.paths['/incidents'] as { get: Operation }
    const { parameters = [] } = get
    const by = Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter]))
    expect(by.severity).toMatchObject({ required: false, schema: { type: 'array' } })
    expect(by.limit).toMatchObject({ required: false, schema: { type: 'integer', maximum: 500, default: 50 } })
    expect(by.sort?.schema).toMatchObject({ enum: expect.arrayContaining(['updated', 'priority']) })
    for (const { schema } of parameters) expect(Object.keys(schema)).not.toEqual([])
  })

  it('tells callers what they need to be', () => {
    expect(document.paths['/session']?.post?.security).toEqual([])
    expect(document.paths['/actions']?.post?.security).not.toEqual([])
    expect(JSON.stringify(document.paths['/actions']?.post)).toContain('Response (manage)')
  })
})
