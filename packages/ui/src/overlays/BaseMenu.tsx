import { Menu as Base } from '@base-ui/react/menu'
import { clsx } from 'clsx'
import type { MenuItemProps, MenuProps, MenuRadioProps } from './Menu.tsx'
import { popupClass } from './popup-class.ts'

/** A menu below its trigger or at a point (for a canvas, which has no element to anchor to). */
export function BaseMenu({
  trigger,
  at,
  open,
  onOpenChange,
  defaultOpen,
  label,
  children,
}: MenuProps & { defaultOpen?: boolean }) {
  const anchor = at && { getBoundingClientRect: () => new DOMRect(at.x, at.y, 0, 0) }
  return (
    <Base.Root open={open} defaultOpen={defaultOpen} onOpenChange={onOpenChange} modal={false}>
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

export function BaseMenuItem({ icon, children, onSelect, refusal, disabled, danger }: MenuItemProps) {
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

export function BaseMenuSeparator() {
  return <Base.Separator className="my-1 h-px bg-line" />
}

export function BaseMenuRadio<T extends string>({ value, onChange, options }: MenuRadioProps<T>) {
  return (
    <Base.RadioGroup value={value} onValueChange={(next: T) => onChange(next)}>
      {options.map((option) => (
        <Base.RadioItem
          key={option.value}
          value={option.value}
          closeOnClick
          className="flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 outline-none data-highlighted:bg-hover"
        >
          <span
            aria-hidden
            className="flex size-3.5 items-center justify-center rounded-full border border-line-strong"
          >
            <Base.RadioItemIndicator className="size-2 rounded-full bg-accent" />
          </span>
          {option.label}
        </Base.RadioItem>
      ))}
    </Base.RadioGroup>
  )
}
