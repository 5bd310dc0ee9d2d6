import type { HuntResult } from '@cordon/contract'
import { CopyButton, Section, SidePane } from '@cordon/ui'
import { EntityName } from '../../signs/EntityName.tsx'
import type { Pointed } from './kql-edit.ts'
import { RecordFields } from './RecordFields.tsx'
import type { Row } from './result-rows.ts'

export interface RecordPaneProps {
  schema: HuntResult['schema']
  row: Row
  number: number
  entities: readonly { key: string; kind: string; name: string }[]
  onMenu: (pointed: Pointed, at: { x: number; y: number }) => void
  onEntity: (key: string) => void
  onStep: (by: 1 | -1) => void
  onClose: () => void
}

/** One row with everything in it: the entities it names, and each value with its menu. */
export function RecordPane({ schema, row, number, entities, onMenu, onEntity, onStep, onClose }: RecordPaneProps) {
  return (
    <SidePane
      label="Record"
      title={`Row ${number.toLocaleString()}`}
      eyebrow="Record"
      className="w-88 shrink-0 2xl:w-[26rem]"
      onClose={onClose}
      onPrevious={() => onStep(-1)}
      onNext={() => onStep(1)}
      takeFocus
      actions={<CopyButton text={JSON.stringify(row, null, 2)} label="Copy as JSON" />}
    >
      {entities.length > 0 && (
        <Section title="Entities" count={entities.length}>
          <ul className="flex flex-col gap-1">
            {entities.map(({ key, kind, name }) => (
              <li key={key}>
                <EntityName kind={kind} name={name} max={120} onOpen={() => onEntity(key)} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="All fields" count={schema.length}>
        <RecordFields schema={schema} row={row} onMenu={onMenu} />
      </Section>
    </SidePane>
  )
}
