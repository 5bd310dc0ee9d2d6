import { kindLabels } from '@cordon/entities'
import { Glyph, Inert, isGlyph } from '@cordon/ui'
import { clsx } from 'clsx'

/** An entity's glyph and name; the glyph's meaning is spoken. */
export function EntityName({
  kind,
  name,
  max = 80,
  className,
  onOpen,
}: {
  kind: string
  name: string
  max?: number
  className?: string
  onOpen?: () => void
}) {
  const label = kindLabel(kind)
  const inner = (
    <>
      <span title={label} className="text-muted">
        {isGlyph(kind) ? <Glyph name={kind} className="size-3.5" /> : null}
        <span className="sr-only">{label}: </span>
      </span>
      <span className="min-w-0 truncate">
        <Inert value={name} max={max} />
      </span>
    </>
  )
  const look = clsx('inline-flex max-w-full min-w-0 items-center gap-1.5 align-top', className)
  if (!onOpen) return <span className={look}>{inner}</span>
  return (
    <button type="button" className={clsx(look, 'text-left text-accent hover:underline')} onClick={onOpen}>
      {inner}
    </button>
  )
}

/** What a person calls the kind. */
export function kindLabel(kind: string): string {
  return kindLabels[kind as keyof typeof kindLabels] ?? kind
}
