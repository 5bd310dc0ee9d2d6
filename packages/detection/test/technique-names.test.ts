import { expect, it } from 'vitest'
import { containersMatrix, loadPack, techniqueName } from '../src/index.ts'

it('knows the name of every technique that a built-in rule carries and the container matrix lacks', () => {
  const listed = new Set(containersMatrix.flatMap(({ techniques }) => techniques.map(({ id }) => id)))
  const carried = new Set(loadPack().rules.flatMap(({ techniques }) => techniques))
  const nameless = [...carried].filter((id) => !listed.has(id) && techniqueName(id) === undefined)
  expect(nameless).toEqual([])
  expect(techniqueName('T1021.004')).toBe('Remote Services: SSH')
})
