import type { LedgerStatus } from '@cordon/contract'
import type { Tone } from '@cordon/ui'

export interface Verdict {
  tone: Tone
  label: string
  text: string
}

/** What the last check says about the ledger as it is now. Proof only where the check reached the head. */
export function ledgerVerdict({ head, check }: Pick<LedgerStatus, 'head' | 'check'>): Verdict {
  if (!check) return { tone: 'doubt', label: 'Not checked', text: 'It was not checked since the server started.' }
  if (!check.ok) return { tone: 'failed', label: 'Not sound', text: check.fault ?? 'The check found a fault.' }
  const rest = (head?.seq ?? 0) - check.to
  if (!head) return { tone: 'neutral', label: 'Empty', text: 'There is no entry yet.' }
  if (check.to === 0)
    return { tone: 'doubt', label: 'Not checked', text: 'No entry was checked since the server started.' }
  if (rest > 0)
    return {
      tone: 'progress',
      label: `Sound up to entry ${check.to.toLocaleString()}`,
      text: `${rest.toLocaleString()} newer ${rest === 1 ? 'entry was' : 'entries were'} not checked yet.`,
    }
  return {
    tone: 'proof',
    label: 'Sound',
    text: `Every entry from ${check.from.toLocaleString()} to ${check.to.toLocaleString()} was checked.`,
  }
}
