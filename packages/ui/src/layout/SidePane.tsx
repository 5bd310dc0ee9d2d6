import { ChevronDown, ChevronUp, X } from 'lucide-react'
import { clsx } from 'clsx'
import { type ReactNode, useEffect, useRef } from 'react'
import { IconButton } from '../controls/Button.tsx'
import { Scroll } from './Scroll.tsx'

export interface SidePaneProps {
  label: string
  title: ReactNode
  eyebrow?: ReactNode
  badges?: ReactNode
  actions?: ReactNode
  footer?: ReactNode
  onClose?: () => void
  onPrevious?: () => void
  onNext?: () => void
  /** Move focus to the pane when it opens: for openings by keyboard. */
  takeFocus?: boolean
  className?: string
  children: ReactNode
}

/** A pane beside its list. It doesn't cover or lock the page; Escape closes it. */
export function SidePane(props: SidePaneProps) {
  const {
    label,
    title,
    eyebrow,
    badges,
    actions,
    footer,
    onClose,
    onPrevious,
    onNext,
    takeFocus,
    className,
    children,
  } = props
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (takeFocus) heading.current?.focus()
  }, [takeFocus])
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes the pane from anywhere inside it
    <aside
      aria-label={label}
      className={clsx('flex min-h-0 min-w-0 flex-col border-l border-line bg-panel', className)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && onClose && !event.defaultPrevented) onClose()
      }}
    >
      <header className="border-b border-line px-4 pt-3 pb-3">
        <div className="flex items-start gap-1">
          <div className="min-w-0 flex-1">
            {eyebrow && <div className="text-xs text-muted">{eyebrow}</div>}
            <h2 ref={heading} tabIndex={-1} className="text-lg leading-6 font-semibold break-words outline-none">
              {title}
            </h2>
          </div>
          {(onPrevious || onNext) && (
            <>
              <IconButton label="Previous" onClick={onPrevious} disabled={!onPrevious}>
                <ChevronUp className="size-4" aria-hidden />
              </IconButton>
              <IconButton label="Next" onClick={onNext} disabled={!onNext}>
                <ChevronDown className="size-4" aria-hidden />
              </IconButton>
            </>
          )}
          {onClose && (
            <IconButton label="Close pane" onClick={onClose}>
              <X className="size-4" aria-hidden />
            </IconButton>
          )}
        </div>
        {badges && <div className="mt-1.5 flex flex-wrap items-center gap-1.5">{badges}</div>}
        {actions && <div className="mt-3 flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      <Scroll label={`${label}: content`} className="flex-1">
        {children}
      </Scroll>
      {footer && <footer className="border-t border-line px-4 py-2.5">{footer}</footer>}
    </aside>
  )
}
