// Owns: the rule pack, the facts rules read from events, process tree, windows and baselines, coverage of techniques.
// Never: stores or shows anything; the only file it reads is its own rule folder.
export { coverage } from './coverage.ts'
export type { TechniqueCoverage } from './coverage.ts'
export { createDetector } from './detector.ts'
export type { Detector, DetectorOptions, DetectorStats } from './detector.ts'
export type { Inventory } from './event-context.ts'
export { emptyPack, loadPack, withCustomRules } from './pack.ts'
export type { RulePack } from './pack.ts'
export type { PackRule, Severity, Tier } from './pack-rule.ts'
export type { RuleMatch, SourceEvent } from './rule-match.ts'
