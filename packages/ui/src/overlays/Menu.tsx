import { Menu as Base } from '@base-ui/react/menu'
import { clsx } from 'clsx'
import type { ReactElement, ReactNode } from 'react'

export const popupClass = 'z-50 rounded-lg border border-line bg-panel p-1 text-sm shadow-pop outline-none origin-(--transform-origin) transition duration-100 data-starting-style:scale-97 data-starting-style:opacity-0 data-ending-style:opacity-0'

export interface MenuProps {
  /** The button that opens it; leave out for a menu at a point. */
  trigger?: ReactElement
  /** Screen point at which to open, in client pixels. */
  at?: { x: number; y: number }
  open?: boolean
  onOpenChange?: (open: boolean) => void
  label?: string
  children: ReactNode
}

/** A menu below its trigger or at a point (for a canvas, which has no element to anchor to). */
export function Menu({ trigger, at, open, onOpenChange, label, children }: MenuProps) {
  const anchor = at && { getBoundingClientRect: () => new DOMRect(at.x, at.y, 0, 0) }
  return (
    <Base.Root open={open} onOpenChange={onOpenChange} modal={false}>
      {trigger && <Base.Trigger render={trigger} />}
      <Base.Portal>
        <Base.Positioner className="z-50 outline-none" align="start" sideOffset={4} anchor={anchor}>
          <Base.Popup className={clsx(popupClass, 'max-w-96 min-w-56')} aria-label={label}>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

export interface MenuItemProps {
  icon?: ReactNode
  children: ReactNode
  onSelect?: () => void
  /** Why it can't be chosen now; shown below the item, which stays reachable by keyboard. */
  refusal?: ReactNode
  disabled?: boolean
  danger?: boolean
}

export function MenuItem({ icon, children, onSelect, refusal, disabled, danger }: MenuItemProps) {
  const off = disabled || refusal !== undefined
  return (
    <Base.Item
      disabled={off}
      onClick={onSelect}
      className={clsx(
        'flex items-start gap-2 rounded-md px-2 py-1.5 outline-none select-none data-highlighted:bg-hover [&>svg]:mt-0.5 [&>svg]:size-4 [&>svg]:shrink-0',
        off ? 'cursor-not-allowed' : 'cursor-pointer',
        danger && !off && 'text-danger',
      )}
    >
      {icon}
      <span className="min-w-0 flex-1">
        <span className={clsx(off && 'text-muted')}>{children}</span>
        {refusal && <span className="block max-w-80 text-xs text-muted">{refusal}</span>}
      </span>
    </Base.Item>
  )
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <div className="max-w-80 truncate px-2 pt-1.5 pb-1 text-xs font-medium text-muted">{children}</div>
}

export function MenuSeparator() {
  return <Base.Separator className="my-1 h-px bg-line" />
}

export function MenuRadio<T extends string>({ value, onChange, options }: { value: T; onChange: (value: T) => void; options: { value: T; label: string }[] }) {
  return (
    <Base.RadioGroup value={value} onValueChange={(next: T) => onChange(next)}>
      {options.map((option) => (
        <Base.RadioItem
          key={option.value}
          value={option.value}
          className="flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 outline-none data-highlighted:bg-hover"
        >
          <span aria-hidden className="flex size-3.5 items-center justify-center rounded-full border border-line-strong">
            <Base.RadioItemIndicator className="size-2 rounded-full bg-accent" />
          </span>
          {option.label}
        </Base.RadioItem>
      ))}
    </Base.RadioGroup>
  )
}
