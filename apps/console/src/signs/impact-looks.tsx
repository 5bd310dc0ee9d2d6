import { Circle, CircleSlash2, CopyPlus, TriangleAlert, X } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Tone } from '@cordon/ui'
import type { EndMark, LinkEffect } from './impact.ts'

interface Look {
  word: string
  tone: Tone
  icon: ReactNode
}

/** One look for what becomes of a tie. Nothing of a plan is green: it isn't proven. */
export const effectLooks: Record<LinkEffect, Look> = {
  stops: { word: 'Stops', tone: 'progress', icon: <X aria-hidden /> },
  'stays-open': { word: 'Stays open', tone: 'caution', icon: <Circle aria-hidden /> },
  starts: { word: 'Starts', tone: 'neutral', icon: <CopyPlus aria-hidden /> },
  unchanged: { word: 'Unchanged', tone: 'neutral', icon: null },
}

/** One look for what becomes of an end. */
export const markLooks: Record<NonNullable<EndMark>, Look> = {
  lost: { word: 'No endpoint left', tone: 'failed', icon: <CircleSlash2 aria-hidden /> },
  unanswered: { word: 'Sends unanswered', tone: 'caution', icon: <TriangleAlert aria-hidden /> },
  fewer: { word: 'One endpoint less', tone: 'neutral', icon: null },
  replaced: { word: 'Replacement', tone: 'caution', icon: <CopyPlus aria-hidden /> },
  'passed-over': { word: 'Budget passed over', tone: 'failed', icon: <TriangleAlert aria-hidden /> },
}
