// `npm run dev`: the server restarts on changes, the console is served by Vite with the API proxied to it.
import { prepare, supervise } from './toolchain.mjs'

prepare()
supervise('node', ['--watch', 'apps/bff/src/main.ts'])
supervise('npm', ['exec', '--workspace', 'apps/console', '--', 'vite'])
