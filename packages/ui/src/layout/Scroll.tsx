import { clsx } from 'clsx'
import type { HTMLAttributes, Ref } from 'react'

/** A named area that scrolls; it takes focus, because otherwise the keyboard could not scroll it. */
export function Scroll({
  label,
  className,
  children,
  ...rest
}: HTMLAttributes<HTMLElement> & { label: string; ref?: Ref<HTMLElement> }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- WCAG 2.1.1: a scrollable area must be reachable by keyboard
    <section aria-label={label} tabIndex={0} className={clsx('focus-inset min-h-0 overflow-auto', className)} {...rest}>
      {children}
    </section>
  )
}
