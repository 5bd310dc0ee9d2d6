import type { HuntResult } from '@cordon/contract'
import { useCallback, useEffect, useRef, useState } from 'react'
import { type HuntProgress, runHunt } from '../../api/hunting.ts'
import { refresh } from '../../api/query.ts'

export interface HuntState {
  running: boolean
  /** When the run began, by `performance.now()`. */
  since: number
  /** Its place in the queue, or what it has read. */
  progress: HuntProgress | undefined
  result: HuntResult | undefined
  error: unknown
  /** What the result answers. */
  asked: { query: string; timespan: string; number: number }
}

const idle: HuntState = {
  running: false,
  since: 0,
  progress: undefined,
  result: undefined,
  error: undefined,
  asked: { query: '', timespan: '', number: 0 },
}

/** One run at a time: a new one, or leaving the page, stops the one before in the engine. */
export function useHunt() {
  const [state, setState] = useState(idle)
  const current = useRef<AbortController>(null)
  const count = useRef(0)
  const cancel = useCallback(() => {
    current.current?.abort()
    current.current = null
    setState((before) => ({ ...before, running: false }))
  }, [])
  const run = useCallback(async (query: string, timespan: string) => {
    current.current?.abort()
    const control = new AbortController()
    current.current = control
    count.current += 1
    const asked = { query, timespan, number: count.current }
    setState((before) => ({
      ...before,
      running: true,
      since: performance.now(),
      progress: undefined,
      error: undefined,
    }))
    const settle = (result: HuntResult | undefined, error: unknown) => {
      if (current.current === control) setState({ ...idle, result, error, asked })
    }
    try {
      const tell = (progress: HuntProgress) => {
        if (current.current === control) setState((before) => ({ ...before, progress }))
      }
      settle(await runHunt(query, timespan, { signal: control.signal, tell }), undefined)
    } catch (error) {
      settle(undefined, error)
    } finally {
      refresh(['hunt'])
    }
  }, [])
  useEffect(() => () => current.current?.abort(), [])
  return { ...state, run, cancel }
}
