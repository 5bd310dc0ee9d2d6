import type { ActionSource, ActionType } from '@cordon/response'
import { createContext, useContext } from 'react'

interface RequestTarget {
  key: string
  name: string
  uid?: string
  namespace?: string
  cluster?: string
}

/** What the person is about to do, and from where. */
export interface ActionRequest {
  type: ActionType
  target: RequestTarget
  source: ActionSource
  incidentId?: number
}

/** The same on several targets. */
export interface ManyRequest extends Omit<ActionRequest, 'target'> {
  targets: readonly RequestTarget[]
}

export const RequestContext = createContext<(request: ActionRequest | ManyRequest) => void>(() => {})

/** Opens the action dialog. */
export function useRequestAction(): (request: ActionRequest) => void {
  return useContext(RequestContext)
}

/** Opens the dialog for one action on several targets. */
export function useRequestMany(): (request: ManyRequest) => void {
  return useContext(RequestContext)
}
