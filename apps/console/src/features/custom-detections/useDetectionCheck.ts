import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { q } from '../../api/query.ts'
import type { Draft } from './detection-draft.ts'

const pauseMs = 500

/** What the server says of the form, asked when typing pauses; `isCurrent` once that is about what stands there now. */
export function useDetectionCheck(draft: Draft) {
  const [asked, setAsked] = useState(draft)
  useEffect(() => {
    const timer = setTimeout(() => setAsked(draft), pauseMs)
    return () => clearTimeout(timer)
  }, [draft])
  const { query, title, description, entities, dedupe, frequencyMinutes, lookbackMinutes } = asked
  // What can't be read as it stands is left out: the rest can be judged nonetheless.
  const whole = entities.filter(({ parts }) => Object.values(parts).every((part) => Object.values(part).every(Boolean)))
  const body = {
    query,
    title: title.trim(),
    dedupe,
    frequencyMinutes,
    lookbackMinutes,
    description: description.slice(0, 2000),
    ...(whole.length === entities.length ? { entities } : {}),
  }
  const check = useQuery({
    ...q('customDetectionCheck', { body }),
    enabled: query.trim() !== '',
    placeholderData: (before) => before,
    staleTime: Infinity,
  })
  return { ...check, isCurrent: asked === draft && !check.isPlaceholderData && check.data !== undefined }
}
