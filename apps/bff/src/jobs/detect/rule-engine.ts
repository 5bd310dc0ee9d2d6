import { createDetector, type Detector, type PackRule, type RuleMatch, type RulePack } from '@cordon/detection'
import { type FSWatcher, watch } from 'node:fs'
import type { Logger } from 'pino'

type RuleUse = Detector extends { uses(): Map<string, infer U> } ? U : never
type Problem = RulePack['problems'][number]

export interface RuleEngine extends Pick<Detector, 'process' | 'snapshot' | 'restore'> {
  rules(): readonly PackRule[]
  /** Sigma rules behind them, those that only feed correlations included. */
  pack(): RulePack
  problems(): readonly Problem[]
  /** Since this process started, over reloads. */
  uses(): Map<string, RuleUse>
  /** Matches dropped because their rule is switched off, by rule. */
  muted(): ReadonlyMap<string, number>
  folders: readonly string[]
  loadedAt(): Date
  dedupeWindowMs(ruleId: string): number | undefined
  /** Reads all rules again. What windows and process trees hold is kept. Returns whether that could be done. */
  reload(): boolean
  switchOff(ruleIds: Iterable<string>): void
  stop(): void
}

export interface RuleEngineOptions {
  /** Reads the rules; may throw, then the rules in force stay. */
  load(): RulePack
  /** Watched for changes. */
  folders?: readonly string[]
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Called after rules were read again. */
  onReload?(): void
}

const settleMs = 500

/** The detector in force, exchangeable while events come. */
export function createRuleEngine({ load, folders = [], log, onReload }: RuleEngineOptions): RuleEngine {
  let pack = load()
  let detector = createDetector({ rules: pack })
  let loadedAt = new Date()
  let windows = windowsOf(pack)
  let before = new Map<string, RuleUse>()
  let off: ReadonlySet<string> = new Set()
  const muted = new Map<string, number>()
  report(detector.problems, log)

  function reload(): boolean {
    try {
      const next = load()
      // The new rules take over the old ones' windows: what is half seen stays half seen.
      const successor = createDetector({ rules: next, predecessor: detector })
      before = sum(before, detector.uses())
      detector = successor
      pack = next
      windows = windowsOf(next)
      loadedAt = new Date()
      report(detector.problems, log)
      log.info({ rules: next.rules.length, refused: detector.problems.length }, 'Detection rules were read again')
      onReload?.()
      return true
    } catch (error) {
      log.error({ err: error }, 'Detection rules could not be read again; those in force stay')
      return false
    }
  }
  const watchers = folders.map((folder) => watchFolder(folder, reload, log))
  return {
    process(event) {
      const matches = detector.process(event)
      return off.size === 0 ? matches : matches.filter((match) => isOn(match, off, muted))
    },
    snapshot: () => detector.snapshot(),
    restore: (parts) => detector.restore(parts),
    rules: () => pack.rules,
    pack: () => pack,
    problems: () => detector.problems,
    uses: () => sum(before, detector.uses()),
    muted: () => muted,
    folders,
    loadedAt: () => loadedAt,
    dedupeWindowMs: (ruleId) => windows.get(ruleId),
    reload,
    switchOff(ruleIds) {
      off = new Set(ruleIds)
    },
    stop() {
      for (const stop of watchers) stop()
    },
  }
}

function isOn({ ruleId }: RuleMatch, off: ReadonlySet<string>, muted: Map<string, number>): boolean {
  if (!off.has(ruleId)) return true
  muted.set(ruleId, (muted.get(ruleId) ?? 0) + 1)
  return false
}

function windowsOf(pack: RulePack): Map<string, number> {
  return new Map(pack.rules.map((rule) => [rule.id, rule.dedupeWindowMs]))
}

function report(problems: readonly Problem[], log: RuleEngineOptions['log']): void {
  for (const problem of problems.slice(0, 100)) log.error({ problem }, 'A detection rule cannot be used')
  if (problems.length > 100) log.error({ more: problems.length - 100 }, 'Further detection rules cannot be used')
}

function sum(a: ReadonlyMap<string, RuleUse>, b: ReadonlyMap<string, RuleUse>): Map<string, RuleUse> {
  const all = new Map(b)
  for (const [id, x] of a) {
    const y = b.get(id)
    if (!y) continue // the rule is gone
    const evaluations = x.evaluations + y.evaluations
    const time = x.microseconds * x.evaluations + y.microseconds * y.evaluations
    const lastError = y.lastError ?? x.lastError
    all.set(id, {
      evaluations,
      matches: x.matches + y.matches,
      errors: x.errors + y.errors,
      ...(lastError === undefined ? {} : { lastError }),
      microseconds: evaluations === 0 ? 0 : time / evaluations,
    })
  }
  return all
}

/** One reload for a burst of changes: editors and mounted ConfigMaps change several names at once. */
function watchFolder(folder: string, reload: () => void, log: RuleEngineOptions['log']): () => void {
  let timer: NodeJS.Timeout | undefined
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(folder, { recursive: true, persistent: false }, () => {
      clearTimeout(timer)
      timer = setTimeout(reload, settleMs)
    })
    watcher.on('error', (error) => log.warn({ err: error, folder }, 'The folder of rules is no longer watched'))
  } catch (error) {
    log.warn({ err: error, folder }, 'The folder of rules cannot be watched; reload by the API')
  }
  return () => {
    clearTimeout(timer)
    watcher?.close()
  }
}
