import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { clsx } from 'clsx'
import type { ReactNode, RefObject } from 'react'
import { Scroll } from '../layout/Scroll.tsx'

export interface DialogProps {
  open: boolean
  onClose: () => void
  title: ReactNode
  description?: ReactNode
  footer?: ReactNode
  width?: 'sm' | 'md' | 'lg'
  initialFocus?: RefObject<HTMLElement | null>
  /** Refuse to close by Escape or a click outside, e.g. while text would be lost. */
  sticky?: boolean
  /** Without any way to close it but its own controls. */
  locked?: boolean
  children: ReactNode
}

const widths = { sm: 'max-w-md', md: 'max-w-xl', lg: 'max-w-3xl' }

/** A modal dialog: focus is kept inside and goes back to where it was. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  footer,
  width = 'md',
  initialFocus,
  sticky,
  locked,
  children,
}: DialogProps) {
  return (
    <Base.Root
      open={open}
      onOpenChange={(next, details) => {
        if (next) return
        if (sticky && (details.reason === 'outside-press' || details.reason === 'escape-key')) return details.cancel()
        onClose()
      }}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/55 backdrop-blur-[1px] transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Viewport className="fixed inset-0 z-50 flex items-start justify-center overflow-y-auto p-4 pt-[6vh]">
          <Base.Popup
            initialFocus={initialFocus}
            className={clsx(
              'flex max-h-[86vh] w-full flex-col rounded-xl border border-line bg-panel shadow-pop outline-none',
              'transition duration-150 data-ending-style:scale-98 data-ending-style:opacity-0 data-starting-style:scale-98 data-starting-style:opacity-0',
              widths[width],
            )}
          >
            <header className="flex items-start gap-3 border-b border-line px-5 pt-4 pb-3">
              <div className="min-w-0 flex-1">
                <Base.Title className="text-lg font-semibold break-words">{title}</Base.Title>
                {description && (
                  <Base.Description render={<div />} className="mt-0.5 text-sm text-muted">
                    {description}
                  </Base.Description>
                )}
              </div>
              {!locked && (
                <Base.Close
                  aria-label="Close"
                  className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink"
                >
                  <X className="size-4" aria-hidden />
                </Base.Close>
              )}
            </header>
            <Scroll label="Content" className="flex-1">
              {children}
            </Scroll>
            {footer && (
              <footer className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-5 py-3">
                {footer}
              </footer>
            )}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  )
}
