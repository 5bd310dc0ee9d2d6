import { type CustomDetection, mappableKinds, partLabels } from '@cordon/contract'
import { kindLabels } from '@cordon/entities'
import { actionLabels } from '@cordon/response'
import { CopyButton, Facts, Inert, inertString, Scroll, Section, Time } from '@cordon/ui'
import { minutesText } from '../../features/custom-detections/detection-draft.ts'
import { tacticLabel } from '../../signs/attack.ts'

/** What it is, to read. */
export function DefinitionTab({ detection }: { detection: CustomDetection }) {
  const { query, title, description, category, techniques, steps, entities, dedupe, action } = detection
  return (
    <div className="min-h-0 flex-1 overflow-y-auto bg-panel">
      <div className="max-w-4xl">
        <Section title="Query" actions={<CopyButton text={inertString(query, true)} label="Copy query" />}>
          <Scroll label="Query" className="rounded-md border border-line bg-canvas p-3">
            <Inert value={query} max={20_000} mono block />
          </Scroll>
        </Section>
        <Section title="Alert">
          <Facts
            items={[
              { label: 'Title', value: <Inert value={title} max={300} /> },
              { label: 'Description', value: <Inert value={description || '–'} max={2000} block /> },
              { label: 'Category', value: tacticLabel(category) },
              { label: 'Techniques', value: techniques.join(', ') || '–' },
              { label: 'What to do', value: <Inert value={steps.join('\n') || '–'} max={5000} block /> },
              { label: 'Response', value: action ? `${actionLabels[action.type]}, after approval` : 'None' },
            ]}
          />
        </Section>
        <Section title="Entities">
          <Facts
            items={entities.map(({ kind, role, parts }) => ({
              label: `${kindLabels[kind]} (${role})`,
              value: (
                <Inert
                  value={mappableKinds[kind].parts
                    .map((name) => {
                      const part = parts[name]
                      const text = part === undefined ? '–' : 'column' in part ? part.column : `“${part.value}”`
                      return `${partLabels[name] ?? name}: ${text}`
                    })
                    .join(' · ')}
                  max={500}
                />
              ),
            }))}
          />
        </Section>
        <Section title="One alert for">
          <p>
            Rows that agree in <Inert value={dedupe.columns.join(', ') || 'their impacted assets'} max={300} /> and
            follow each other within {minutesText(dedupe.windowMinutes)}.
          </p>
        </Section>
        <Section title="Record">
          <Facts
            items={[
              { label: 'Made by', value: <Inert value={detection.createdBy} max={60} /> },
              { label: 'Made', value: <Time value={detection.createdAt} /> },
              { label: 'Last changed by', value: <Inert value={detection.updatedBy} max={60} /> },
              { label: 'Last change', value: <Time value={detection.updatedAt} /> },
              { label: 'ID', value: <Inert value={detection.id} mono /> },
            ]}
          />
        </Section>
      </div>
    </div>
  )
}
