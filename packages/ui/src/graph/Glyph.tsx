import { clsx } from 'clsx'
import { type GlyphName, glyphs } from './glyphs.ts'

/** The icon of an entity kind, in the current colour. */
export function Glyph({ name, className }: { name: GlyphName; className?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={clsx('shrink-0', className ?? 'size-4')}
    >
      <path d={glyphs[name]} />
    </svg>
  )
}
