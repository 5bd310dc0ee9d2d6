import type { HuntResult } from '@cordon/contract'
import { useCallback, useEffect, useRef, useState } from 'react'
import { type HuntProgress, runHunt } from '../../api/hunting.ts'
import { refresh } from '../../api/query.ts'
import { forgetResult, keepResult, keptResult } from './kept-results.ts'

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
  /** Of an answer that was kept over a reload: when it came, in ISO 8601. */
  keptFrom: string | undefined
}

const idle: HuntState = {
  running: false,
  since: 0,
  progress: undefined,
  result: undefined,
  error: undefined,
  asked: { query: '', timespan: '', number: 0 },
  keptFrom: undefined,
}

/**
 * One run at a time: a new one, or leaving the page, stops the one before in the engine. With `keepAs` the answer is
 * there again after a reload of the page.
 */
export function useHunt(keepAs?: string) {
  const [state, setState] = useState(() => before(keepAs))
  const current = useRef<AbortController>(null)
  const count = useRef(state.asked.number)
  const cancel = useCallback(() => {
    current.current?.abort()
    current.current = null
    setState((before) => ({ ...before, running: false }))
  }, [])
  const run = useCallback(
    async (query: string, timespan: string) => {
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
        if (current.current !== control) return
        setState({ ...idle, result, error, asked })
        if (keepAs === undefined) return
        if (result) keepResult(keepAs, { result, query, timespan, at: new Date().toISOString() })
        else forgetResult(keepAs)
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
    },
    [keepAs],
  )
  useEffect(() => () => current.current?.abort(), [])
  return { ...state, run, cancel }
}

function before(keepAs: string | undefined): HuntState {
  const kept = keepAs === undefined ? undefined : keptResult(keepAs)
  if (!kept) return idle
  const { result, query, timespan, at } = kept
  return { ...idle, result, asked: { query, timespan, number: 1 }, keptFrom: at }
}
