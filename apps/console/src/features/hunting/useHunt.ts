import type { HuntResult } from '@cordon/contract'
import { useCallback, useEffect, useRef, useState } from 'react'
import { runHunt } from '../../api/hunting.ts'
import { refresh } from '../../api/query.ts'

export interface HuntState {
  running: boolean
  result: HuntResult | undefined
  error: unknown
  /** The text that the result answers. */
  asked: string
}

/** One run at a time: a new one, or leaving the page, stops the one before in the engine. */
export function useHunt() {
  const [state, setState] = useState<HuntState>({ running: false, result: undefined, error: undefined, asked: '' })
  const current = useRef<AbortController>(null)
  const cancel = useCallback(() => {
    current.current?.abort()
    current.current = null
    setState((before) => ({ ...before, running: false }))
  }, [])
  const run = useCallback(async (query: string, timespan: string) => {
    current.current?.abort()
    const control = new AbortController()
    current.current = control
    setState((before) => ({ ...before, running: true, error: undefined }))
    try {
      const result = await runHunt(query, timespan, control.signal)
      if (current.current === control) setState({ running: false, result, error: undefined, asked: query })
    } catch (error) {
      if (current.current === control) setState({ running: false, result: undefined, error, asked: query })
    } finally {
      refresh(['hunt'])
    }
  }, [])
  useEffect(() => () => current.current?.abort(), [])
  return { ...state, run, cancel }
}
