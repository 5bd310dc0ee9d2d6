import { type ReactElement, type ReactNode, useState } from 'react'
import { deferred } from './deferred.ts'
import { useDeferred, waitingTrigger } from './useDeferred.tsx'

const code = deferred(() => import('./BasePopover.tsx'))

export interface PopoverProps {
  trigger: ReactElement
  label: string
  open?: boolean
  onOpenChange?: (open: boolean) => void
  className?: string
  children: ReactNode
}

/** A small non-modal panel below its trigger. */
export function Popover(props: PopoverProps) {
  const [isAsked, setAsked] = useState(false)
  const wanted = isAsked || props.open === true
  const base = useDeferred(code, wanted)
  if (base && wanted) return <base.BasePopover {...props} defaultOpen={props.open === undefined} />
  return waitingTrigger(
    props.trigger,
    'dialog',
    () => void code.load(),
    () => {
      setAsked(true)
      props.onOpenChange?.(true)
    },
  )
}
