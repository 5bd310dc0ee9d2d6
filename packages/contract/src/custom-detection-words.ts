import type { EntityKind } from '@cordon/entities'

/** How often a custom detection runs, in minutes; 0 = on every new row. With the look-back it starts from. */
export const detectionFrequencies = {
  0: { label: 'Continuous', lookbackMinutes: 5 },
  5: { label: 'Every 5 minutes', lookbackMinutes: 20 },
  15: { label: 'Every 15 minutes', lookbackMinutes: 60 },
  60: { label: 'Every hour', lookbackMinutes: 240 },
  180: { label: 'Every 3 hours', lookbackMinutes: 720 },
  720: { label: 'Every 12 hours', lookbackMinutes: 2880 },
  1440: { label: 'Every 24 hours', lookbackMinutes: 43_200 },
} as const
export type DetectionFrequency = keyof typeof detectionFrequencies

/** Kinds of entity a row of a query can name; those with `identifies` are enough to tell what an alert is about. */
export const mappableKinds = {
  pod: { parts: ['cluster', 'namespace', 'pod'], identifies: true },
  container: { parts: ['cluster', 'namespace', 'pod', 'container'], identifies: true },
  workload: { parts: ['cluster', 'namespace', 'workloadKind', 'workload'], identifies: true },
  'service-account': { parts: ['cluster', 'namespace', 'serviceAccount'], identifies: true },
  user: { parts: ['cluster', 'user'], identifies: true },
  node: { parts: ['cluster', 'node'], identifies: true },
  namespace: { parts: ['cluster', 'namespace'], identifies: true },
  image: { parts: ['image'], identifies: false },
  ip: { parts: ['ip'], identifies: false },
} as const satisfies Partial<Record<EntityKind, { parts: readonly string[]; identifies: boolean }>>
export type MappableKind = keyof typeof mappableKinds

/** What the form calls the parts of a key. */
export const partLabels: Readonly<Record<string, string>> = {
  cluster: 'Cluster',
  namespace: 'Namespace',
  pod: 'Pod',
  container: 'Container',
  workloadKind: 'Workload kind',
  workload: 'Workload',
  serviceAccount: 'Service account',
  user: 'User',
  node: 'Node',
  image: 'Image',
  ip: 'Address',
}

/** Most placeholders in a title, and in a text of details. */
export const mostPlaceholders = 3

/** Columns that `{{Column}}` in a text names, each once, in their order. */
export function placeholdersOf(text: string): string[] {
  return [...new Set([...text.matchAll(/\{\{\s*([^{}]{1,200}?)\s*\}\}/g)].map((match) => match[1] ?? ''))]
}
