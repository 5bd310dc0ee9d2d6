import type { LedgerItem } from '@cordon/contract'
import { Button, Facts, Inert, Section, SidePane, Time } from '@cordon/ui'
import type { ReactNode } from 'react'

/** One ledger entry, whole. */
export function LedgerEntryPane({
  entry,
  subject,
  onSubject,
  onClose,
  takeFocus,
}: {
  entry: LedgerItem
  subject: ReactNode
  onSubject: () => void
  onClose: () => void
  takeFocus: boolean
}) {
  return (
    <SidePane
      label="Ledger entry"
      eyebrow={`Entry ${entry.seq.toLocaleString()}`}
      title={<Inert value={entry.kind} max={80} />}
      actions={
        <Button size="sm" onClick={onSubject}>
          All entries of this subject
        </Button>
      }
      className="w-[32rem] max-w-[50vw] shrink-0"
      takeFocus={takeFocus}
      onClose={onClose}
    >
      <Section title="Entry">
        <Facts
          items={[
            { label: 'Time', value: <Time value={entry.at} /> },
            { label: 'Actor', value: <Inert value={entry.actor} max={100} /> },
            { label: 'Subject', value: subject },
          ]}
        />
      </Section>
      <Section title="Details">
        <Inert
          value={JSON.stringify(entry.details, null, 2)}
          max={4000}
          mono
          block
          expandable
          className="block rounded-md border border-line bg-raised p-2 text-xs"
        />
      </Section>
      <Section title="Chain">
        <Facts
          items={[
            { label: 'Hash', value: <Inert value={entry.hash} mono expandable /> },
            { label: 'Previous hash', value: <Inert value={entry.previousHash} mono expandable /> },
          ]}
        />
      </Section>
    </SidePane>
  )
}
