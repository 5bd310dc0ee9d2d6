import { Popover as Base } from '@base-ui/react/popover'
import { clsx } from 'clsx'
import type { PopoverProps } from './Popover.tsx'
import { popupClass } from './popup-class.ts'

/** A small non-modal panel below its trigger. */
export function BasePopover({
  trigger,
  label,
  open,
  onOpenChange,
  defaultOpen,
  className,
  children,
}: PopoverProps & { defaultOpen?: boolean }) {
  return (
    <Base.Root open={open} defaultOpen={defaultOpen} onOpenChange={onOpenChange}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className="z-50 outline-none" align="start" sideOffset={6} collisionPadding={12}>
          <Base.Popup
            aria-label={label}
            className={clsx(popupClass, 'max-h-(--available-height) overflow-y-auto p-3', className)}
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
