import { type ReactElement, type SyntheticEvent, cloneElement, useEffect, useState } from 'react'
import type { Deferred } from './deferred.ts'

/** The module once it is there; fetched when `wanted`. */
export function useDeferred<M>(source: Deferred<M>, wanted: boolean): M | undefined {
  const [module, setModule] = useState(source.now)
  useEffect(() => {
    if (!wanted || module) return
    let isStale = false
    source.load().then(
      (loaded) => (isStale ? undefined : setModule(() => loaded)),
      () => {}, // the trigger stays a trigger; the next click tries again
    )
    return () => {
      isStale = true
    }
  }, [source, wanted, module])
  return module
}

type Handlers = Record<string, unknown>

/** The trigger before its popup's code is there: fetches it when pointed at, asks for opening when pressed. */
export function waitingTrigger(
  trigger: ReactElement,
  popup: 'menu' | 'dialog',
  preload: () => void,
  open: () => void,
): ReactElement {
  const own = trigger.props as Handlers
  const chain = (name: string, then: () => void) => (event: SyntheticEvent) => {
    const before = own[name]
    if (typeof before === 'function') before(event)
    then()
  }
  return cloneElement(trigger as ReactElement<Handlers>, {
    'aria-haspopup': popup,
    'aria-expanded': false,
    onPointerEnter: chain('onPointerEnter', preload),
    onFocus: chain('onFocus', preload),
    onClick: chain('onClick', open),
  })
}
