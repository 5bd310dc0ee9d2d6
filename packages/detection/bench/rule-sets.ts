import { parseRules, type RuleSet } from '@cordon/sigma'
import { loadPack, type RulePack, withRuleFolders } from '../src/index.ts'
import { withCustomRules } from '../src/pack.ts'

/**
 * Our pack and about 160 imported rules: those of the folders in CORDON_BENCH_RULES (for instance the published
 * Kubernetes and Linux sets), else as many made ones of the same forms.
 */
export function packWithImports(): { rules: RulePack; imported: string } {
  const folders = (process.env['CORDON_BENCH_RULES'] ?? '').split(':').filter(Boolean)
  const pack = loadPack()
  const rules =
    folders.length > 0 ? withRuleFolders(pack, folders) : withCustomRules(pack, madeText(160), { file: 'made.yml' })
  const count = rules.rules.length - pack.rules.length
  return { rules, imported: `${count} ${folders.length > 0 ? 'published' : 'made'} rules` }
}

/** Rules of the forms that published process rules have. */
export function madeRules(count: number): RuleSet {
  return parseRules(madeText(count), { file: 'made.yml' })
}

function madeText(count: number): string {
  return Array.from({ length: count }, (_, i) => madeRule(i)).join('---\n')
}

function madeRule(i: number): string {
  const forms = [
    `sel: { Image|endswith: '/tool${i}', CommandLine|contains: ' --option${i % 7}' }\n  condition: sel`,
    `sel: { CommandLine|contains|all: ['word${i}', '/tmp/'] }\n  condition: sel`,
    `img: { Image|endswith: ['/a${i}', '/b${i}'] }\n  cli: { CommandLine|re: 'x${i}\\s+y' }\n  flt: { CommandLine|contains: 'ok' }\n  condition: img and cli and not flt`,
  ]
  return `title: r${i}\nlogsource: { product: linux, category: process_creation }\ndetection:\n  ${forms[i % forms.length]}\n`
}
