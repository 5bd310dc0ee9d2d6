// Owns: Sigma rules (specification 2.1): parse, compile, index by log source and literals, match, correlate.
// Never: knows what an event means, reads a file, runs a regular expression whose time isn't linear in its input.
export { parseRules } from './document.ts'
export { compile } from './engine.ts'
export type { Engine, EngineStats, RuleUse, CompileOptions, FieldMapping, Match } from './engine.ts'
export { Correlator, observationFrom } from './correlator.ts'
export type { Observation, CorrelationMatch, CorrelatorSnapshot, CorrelatorLimits } from './correlator.ts'
export type {
  Condition,
  CorrelationRule,
  FilterRule,
  LogSource,
  RuleProblem,
  RuleSet,
  Selection,
  SigmaRule,
} from './rule.ts'
export { LazyMembers } from './lazy-members.ts'
export { linearRegex } from './regex.ts'
export { compareAddresses, parseCidr } from './cidr.ts'
