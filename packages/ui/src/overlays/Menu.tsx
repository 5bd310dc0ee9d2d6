import { type ReactElement, type ReactNode, useState } from 'react'
import { deferred } from './deferred.ts'
import { useDeferred, waitingTrigger } from './useDeferred.tsx'

const code = deferred(() => import('./BaseMenu.tsx'))

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
export function Menu(props: MenuProps) {
  const [isAsked, setAsked] = useState(false)
  const wanted = isAsked || props.open === true
  const base = useDeferred(code, wanted)
  if (base && wanted) return <base.BaseMenu {...props} defaultOpen={props.open === undefined} />
  return props.trigger
    ? waitingTrigger(
        props.trigger,
        'menu',
        () => void code.load(),
        () => setAsked(true),
      )
    : null
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

// Items are drawn inside an open menu only, when the code is there.
export function MenuItem(props: MenuItemProps) {
  const base = code.now()
  return base ? <base.BaseMenuItem {...props} /> : null
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <div className="max-w-80 truncate px-2 pt-1.5 pb-1 text-xs font-medium text-muted">{children}</div>
}

export function MenuSeparator() {
  const base = code.now()
  return base ? <base.BaseMenuSeparator /> : null
}

export interface MenuRadioProps<T extends string> {
  value: T
  onChange: (value: T) => void
  options: { value: T; label: string }[]
}

export function MenuRadio<T extends string>(props: MenuRadioProps<T>) {
  const base = code.now()
  return base ? <base.BaseMenuRadio {...props} /> : null
}
