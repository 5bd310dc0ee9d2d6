// Owns the attack scenarios: what they run, what they should raise, and their delivery into a cluster through its API.
// Never touches a cluster that is not marked for it (unless forced), and never imports anything of Cordon's product.
export { refusalOf, simulationLabel } from './cluster-safety.ts'
export { cleanup } from './cleanup.ts'
export type { RunOptions, RunReport, ScenarioProgress, ScenarioResult } from './run-scenario.ts'
export { runScenario } from './run-scenario.ts'
export type { Scenario, ScenarioId, ScenarioStep } from './scenarios.ts'
export { findScenario, scenarios } from './scenarios.ts'
