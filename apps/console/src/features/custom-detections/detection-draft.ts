import type { CustomDetection, Input } from '@cordon/contract'

/** What the form holds: everything people say of a custom detection. */
export type Draft = Required<Input<'customDetectionCreate'>['body']>
export type Mapping = Draft['entities'][number]

const first = 'CloudProcessEvents\n| where ProcessCommandLine has "xmrig"'

export function newDraft(query: string | null): Draft {
  return {
    name: '',
    query: query ?? first,
    frequencyMinutes: 60,
    lookbackMinutes: 240,
    severity: 'medium',
    category: 'execution',
    techniques: [],
    title: '',
    description: '',
    steps: [],
    entities: [],
    dedupe: { columns: [], windowMinutes: 1440 },
    action: null,
    enabled: true,
  }
}

export function draftOf(detection: CustomDetection): Draft {
  const { name, query, frequencyMinutes, lookbackMinutes, severity, category, techniques } = detection
  const { title, description, steps, entities, dedupe, action, enabled } = detection
  const what = { name, query, frequencyMinutes, lookbackMinutes, severity, category, techniques }
  return { ...what, title, description, steps, entities, dedupe, action, enabled }
}

/** A span of minutes as people say it: the largest unit that fits. */
export function minutesText(minutes: number): string {
  const [size, unit] = minutes % 1440 === 0 ? [1440, 'day'] : minutes % 60 === 0 ? [60, 'hour'] : [1, 'minute']
  const count = minutes / size
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

export const lookbacks = [5, 10, 20, 30, 60, 120, 240, 720, 1440, 2880, 10_080, 20_160, 43_200]
export const dedupeWindows = [5, 60, 240, 720, 1440, 4320, 10_080]

/** Choices with the one that is set among them, whatever it is. */
export function withChosen(choices: readonly number[], chosen: number): number[] {
  return [...new Set([...choices, chosen])].toSorted((a, b) => a - b)
}
