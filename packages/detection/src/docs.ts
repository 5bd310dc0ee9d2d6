import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { outOfReach } from './out-of-reach.ts'
import { loadPack } from './pack.ts'
import type { PackRule, Tier } from './pack-rule.ts'

const file = join(import.meta.dirname, '../../../docs/detection.md')

const intro = `# Detection rules

Written by \`packages/detection/src/docs.ts\` from the rules; change a rule, then run \`npm run docs -w @cordon/detection\`.

A rule is a folder \`packages/detection/rules/<id>/\`: \`rule.yml\` is a Sigma rule with a \`cordon:\` block, \`cases.yml\` holds events on which it must fire and events on which it must stay quiet. One test runs all cases and demands both kinds. What Sigma can do here is in [sigma.md](sigma.md).

## The \`cordon:\` block

| Member | Meaning |
| --- | --- |
| \`severity\`, \`tier\` | of the alert; by default from \`level\` and the log source |
| \`raise\` | selection → severity, when the selection holds too |
| \`summary\` | sentence with \`{field}\` places, put before the description |
| \`evidence\` | extractors: \`actor\`, \`source\`, \`object\` (audit), \`process\`, \`pod\`, \`files\`, \`program\`, \`hosts\` (runtime), each with an optional \`:role\` |
| \`dedupe\` | \`by\` fields and \`window\`: repeats are one alert |
| \`mark\` | left on the session of the process for ten minutes; later events carry it in \`cordon.recent\` |
| \`response\` | what to do, in order |
| \`alert: false\` | the document only feeds a correlation |

## What rules read besides the event itself

\`cordon.*\` holds what a reader of the raw event would have to work out: for audit events the outcome (\`done\`, \`denied\`, \`failed\`, \`dry-run\`), the actor and its kind, the source address the API server saw (clients can forge those before it), the exec command, and the facts of the object after the request (\`pod\`, \`service\`, \`role\`, \`binding\`, \`webhook\`, \`csr\`); for process events the program's name, the ancestors, the script of a shell, hosts and paths of the command line, and the sensor's drift statement.

## Rules of your own

\`CORDON_RULES\` names folders (separated as in \`PATH\`) that are read beside the pack: every \`.yml\` and \`.yaml\` below them, plain Sigma or with a \`cordon:\` block; \`lists.yml\` extends the lists that rules refer to. Folders are watched, and \`POST /api/v1/detection-rules/reload\` reads them at once; windows and process trees are kept. A rule that doesn't fit is refused by file, line and name, shown on the page Detection rules, and all others work. Each rule can be switched off there, with a reason. \`npm run rules:test [folder …]\` runs every rule's own cases.

The page also tells which rules cannot work with what a cluster sends. That is worked out from the fields a rule cannot do without and from what the sources have shown in the last week: bodies per resource, process, connection and activity events, statements about drift.

## Limits, said plainly

- A sensor of started programs sees neither shell built-ins nor what a program does inside. "Sensitive files access" means that a reader was started with the path.
- A user agent and the name of a program are free text. Rules that rest on them say so.
- At audit level Metadata no body is recorded: privileged containers, host paths, role bindings, services and webhooks cannot be judged there, and nothing is guessed. A cluster role binding without body is noted as such.
- First-seen rules are silent while they learn (seven days). Silent is not clean.
- Lists (\`rules/lists.yml\`) age. The lists of malicious hosts and addresses (\`threat-domains\`, \`threat-addresses\`, \`proxy-addresses\`) are empty but for test entries; the rules that read them count as blind until a \`lists.yml\` of yours fills them.

`

const tierTitles: Record<Tier, string> = {
  'control-plane': 'Control plane (audit events)',
  'workload-runtime': 'Workload runtime (process and connection events)',
  host: 'Host',
}

/** The text of docs/detection.md. */
export function detectionDocs(rules: PackRule[]): string {
  const parts = [intro]
  for (const [tier, title] of Object.entries(tierTitles) as [Tier, string][]) {
    const own = rules.filter((rule) => rule.tier === tier)
    if (own.length === 0) continue
    parts.push(
      `## ${title}: ${own.length} rules\n\n| Alert | Severity | Tactics | Techniques | Rule |\n| --- | --- | --- | --- | --- |\n`,
    )
    for (const rule of own.toSorted((a, b) => (a.title < b.title ? -1 : 1))) parts.push(row(rule))
    parts.push('\n')
  }
  parts.push('## Out of reach of audit and process events\n\n| Alert | Needs | Seen instead |\n| --- | --- | --- |\n')
  for (const { title, needs, instead } of outOfReach) parts.push(`| ${title} | ${needs} | ${instead} |\n`)
  return `${parts.join('').trimEnd()}\n`
}

function row(rule: PackRule): string {
  const raised = [...new Set(rule.raise.map(([, severity]) => severity))]
  const severity = raised.length > 0 ? `${rule.severity} (up to ${raised[0]})` : rule.severity
  return `| ${rule.title} | ${severity} | ${rule.tactics.join(', ')} | ${rule.techniques.join(', ')} | \`${rule.id}\` |\n`
}

if (import.meta.main) writeFileSync(file, detectionDocs(loadPack().rules))
