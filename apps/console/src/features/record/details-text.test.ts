import { expect, test } from 'vitest'
import { detailsText } from './details-text.ts'

test('says what changed from what to what, and leaves out what says nothing', () => {
  expect(detailsText({ status: { from: 'new', to: 'resolved' }, tags: { from: null, to: ['a'] } })).toBe(
    'status: new → resolved · tags: none → ["a"]',
  )
  expect(detailsText({ from: 'requested', to: 'applied', outcome: 'Written.', options: {}, comment: null })).toBe(
    'requested → applied · outcome: Written.',
  )
  expect(detailsText({ from: { rules: [], percent: 0, same: 1 }, to: { rules: [{}], percent: 5, same: 1 } })).toBe(
    'rules: none → 1 item · percent: 0 → 5',
  )
  expect(detailsText({ events: [{ id: 'a' }], tags: ['b'] })).toBe('events: 1 item · tags: ["b"]')
  expect(detailsText({ target: { name: 'web-1', uid: 'u' }, to: 'requested' })).toBe('requested · target: web-1')
})
