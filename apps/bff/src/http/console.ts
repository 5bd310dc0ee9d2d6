import express, { type Router } from 'express'
import { existsSync } from 'node:fs'
import path from 'node:path'

const missing = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Cordon</title>
<h1>The console isn't built</h1><p>Run <code>npm run build</code> in the checkout, or start Cordon with <code>npm start</code>, which builds it. The API is at <a href="/api/v1/openapi.json">/api/v1</a>.</p></html>`

/** The built console. Files with a hash in their name never change; every other path of the app is its one page. */
export function consolePages(publicDir: string): Router {
  const router = express.Router()
  const page = path.join(publicDir, 'index.html')
  router.use(
    express.static(publicDir, {
      index: false,
      redirect: false,
      setHeaders(response, file) {
        const hashed = path.relative(publicDir, file).startsWith(`assets${path.sep}`)
        response.setHeader('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    }),
  )
  router.get('/{*path}', (request, response, next) => {
    // A missing script must not be answered with a page.
    if (path.extname(request.path) && !request.accepts('html')) return next()
    if (request.path.startsWith('/assets/')) return next()
    response.set('cache-control', 'no-cache')
    if (existsSync(page)) response.sendFile(page)
    else response.status(200).type('html').send(missing)
  })
  return router
}
