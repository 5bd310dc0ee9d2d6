import { useEffect, useState } from 'react'

const stepMs = 1300

/** Plays alerts one after the other. `reached` holds those played so far, the last of them is `current`. */
export function usePlayback(ids: readonly string[]) {
  const [at, setAt] = useState<number | null>(null)
  const [playing, setPlaying] = useState(false)
  useEffect(() => {
    if (!playing) return
    const timer = setTimeout(
      () => {
        if (at !== null && at >= ids.length - 1) setPlaying(false)
        else setAt((at ?? -1) + 1)
      },
      at === null ? 0 : stepMs,
    )
    return () => clearTimeout(timer)
  }, [playing, at, ids.length])
  return {
    playing,
    reached: at === null ? null : ids.slice(0, at + 1),
    current: at === null ? null : (ids[at] ?? null),
    toggle: () => {
      if (!playing && at !== null && at >= ids.length - 1) setAt(null)
      setPlaying(!playing)
    },
    stop: () => {
      setPlaying(false)
      setAt(null)
    },
  }
}
