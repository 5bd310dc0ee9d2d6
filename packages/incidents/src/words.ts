import type { Classification } from './incident.ts'

/** Which determinations each classification offers, in the order of the form. */
export const determinations = {
  'true-positive': [
    'multi-staged-attack',
    'malicious-user-activity',
    'compromised-account',
    'malware',
    'phishing',
    'unwanted-software',
    'other',
  ],
  'informational-expected-activity': [
    'security-testing',
    'line-of-business-application',
    'confirmed-activity',
    'other',
  ],
  'false-positive': ['not-malicious', 'not-enough-data-to-validate', 'other'],
} as const satisfies Record<Classification, readonly string[]>

/** Column and filter words of the queue. */
export const statusLabels = {
  new: 'New',
  'in-progress': 'In progress',
  resolved: 'Resolved',
  redirected: 'Redirected',
} as const
export const severityLabels = { high: 'High', medium: 'Medium', low: 'Low', informational: 'Informational' } as const
export const classificationLabels = {
  'true-positive': 'True positive',
  'informational-expected-activity': 'Informational, expected activity',
  'false-positive': 'False positive',
} as const
