import type { Deps, Handlers } from '../../deps.ts'
import { countActionsOverTime } from './action-trend.ts'
import { readHandover } from './handover.ts'
import { listIntervals } from './intervals.ts'

export function handoverHandlers({
  db,
}: Pick<Deps, 'db'>): Pick<Handlers, 'actionTrend' | 'intervalList' | 'handoverGet'> {
  return {
    actionTrend: ({ query }) => countActionsOverTime(db, query),
    intervalList: ({ query }) => listIntervals(db, query),
    handoverGet: ({ query }) => readHandover(db, query.from, query.to),
  }
}
