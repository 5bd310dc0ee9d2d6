import { clsx } from 'clsx'
import { useState } from 'react'
import { CopyButton } from './CopyButton.tsx'
import { cut, inertParts, inertString } from './inert-text.ts'

export interface InertProps {
  value: string
  /** Characters shown before the text is cut; the rest can be opened when `expandable`. */
  max?: number
  mono?: boolean
  /** Keep line breaks and wrap. */
  block?: boolean
  /** Offer to open cut text and to copy it (copied with escapes visible, so that pasting it is harmless too). */
  expandable?: boolean
  className?: string
}

// A megabyte of one word stalls layout; past this the text is for the evidence download, not for the screen.
const expandedMax = 20_000

/**
 * The only way text from clusters reaches the screen: as text, isolated from the direction of its surroundings, with
 * invisible and control characters made visible, and cut when very long.
 */
export function Inert({ value, max = 240, mono, block, expandable, className }: InertProps) {
  const [open, setOpen] = useState(false)
  const { text, omitted } = cut(value, open ? expandedMax : max)
  // What can't be opened in place is told by the tooltip, up to what one can hold.
  const title = omitted > 0 && !expandable ? inertString(cut(value, 1000).text) : undefined
  return (
    <span className={clsx('min-w-0', className)} title={title}>
      <bdi
        className={clsx(
          '[unicode-bidi:isolate]',
          mono && 'font-mono text-[0.92em]',
          block ? '[overflow-wrap:anywhere] whitespace-pre-wrap' : '[overflow-wrap:anywhere]',
        )}
      >
        {inertParts(text, block).map((part, index) =>
          part.escaped ? (
            // Parts have no identity of their own; the list is rebuilt whole with the value.
            <span
              key={index}
              className="rounded-xs bg-doubt/15 font-mono text-[0.9em] text-doubt"
              title="Invisible or control character"
            >
              {part.text}
            </span>
          ) : (
            part.text
          ),
        )}
        {omitted > 0 && '…'}
      </bdi>
      {expandable && (omitted > 0 || open) && (
        <button
          type="button"
          className="ml-1.5 text-xs text-accent underline-offset-2 hover:underline"
          onClick={() => setOpen(!open)}
        >
          {open ? 'Show less' : `Show ${omitted.toLocaleString()} more characters`}
        </button>
      )}
      {open && omitted > 0 && (
        <span className="ml-1.5 text-xs text-muted">{omitted.toLocaleString()} more not shown</span>
      )}
      {expandable && <CopyButton text={inertString(cut(value, 1_000_000).text, block)} />}
    </span>
  )
}
