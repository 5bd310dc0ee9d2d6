import { expect, it } from 'vitest'
import { covers, everything, scopeText } from './scope.ts'

const node = { cluster: 'prod', namespace: '' }
const shop = { cluster: 'prod', namespace: 'shop' }
const image = {}

it.each([
  [everything, node, true],
  [everything, image, true],
  [{ clusters: ['prod'] }, shop, true],
  [{ clusters: ['prod'] }, node, true],
  [{ clusters: ['dev'] }, shop, false],
  [{ clusters: ['prod'] }, image, false],
  [{ namespaces: ['shop'] }, shop, true],
  [{ namespaces: ['shop'] }, node, false],
  [{ namespaces: ['shop'] }, { namespace: 'shop' }, false],
  [{ clusters: ['dev'], namespaces: ['shop'] }, shop, false],
  [{ clusters: ['prod'], namespaces: ['shop'] }, shop, true],
  [{ clusters: ['prod'], namespaces: [] }, shop, false],
])('%j covers %j: %s', (scope, place, expected) => {
  expect(covers(scope, place)).toBe(expected)
})

it('says a limit in words', () => {
  expect(scopeText({ clusters: ['prod'], namespaces: ['shop', 'pay'] })).toBe('namespaces shop, pay of cluster prod')
  expect(scopeText({ namespaces: ['shop'] })).toBe('namespace shop of every cluster')
})
