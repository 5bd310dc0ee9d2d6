// Fails when a document cites a path of the repository that doesn't exist.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'

const documents = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter(Boolean)
const cited = /(?:`|\]\()((?:apps|packages|e2e|docs|scripts|\.ci)\/[\w./-]+)(?:`|\))/g
let bad = 0
for (const document of documents) {
  for (const [, path] of fs.readFileSync(document, 'utf8').matchAll(cited)) {
    if (fs.existsSync(path.replace(/\/$/, ''))) continue
    console.error(`${document} cites ${path}, which doesn't exist.`)
    bad++
  }
}
process.exit(bad === 0 ? 0 : 1)
