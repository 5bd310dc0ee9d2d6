/** Words for why an action must be looked at afterwards. */
export const reviewReasons: Record<string, string> = {
  irreversible: 'It can’t be undone',
  'break-glass': 'It was done without waiting for approval',
  failed: 'It failed',
  sampled: 'Picked at random',
}
