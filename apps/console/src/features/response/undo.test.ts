import { actions } from '@cordon/response'
import { expect, it } from 'vitest'
import { undoOf } from './undo.ts'

it('names the same undo as the definitions', () => {
  const defined = Object.entries(actions).filter(([, definition]) => definition.undoneBy)
  expect(Object.fromEntries(defined.map(([type, definition]) => [type, definition.undoneBy]))).toEqual(undoOf)
})
