import type { ActionSource, ActionType } from '@cordon/response'
import { createContext, useContext } from 'react'

/** What the person is about to do, and from where. */
export interface ActionRequest {
  type: ActionType
  target: { key: string; name: string; uid?: string; namespace?: string; cluster?: string }
  source: ActionSource
  incidentId?: number
}

export const RequestContext = createContext<(request: ActionRequest) => void>(() => {})

/** Opens the action dialog. */
export function useRequestAction(): (request: ActionRequest) => void {
  return useContext(RequestContext)
}
