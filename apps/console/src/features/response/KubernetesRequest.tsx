import { CopyButton, Inert, Scroll, inertString } from '@cordon/ui'

interface Wire {
  method: string
  path: string
  body?: unknown
}

/** A request as it goes to the Kubernetes API; the body opens on demand. */
export function KubernetesRequest({ request, title }: { request: Wire; title?: string }) {
  const line = (
    <span className="min-w-0 flex-1">
      {title && (
        <span className="block text-sm">
          <Inert value={title} max={400} />
        </span>
      )}
      <code className="block font-mono text-xs break-all text-muted">
        <span className="font-semibold text-ink">{request.method}</span> <Inert value={request.path} max={600} />
      </code>
    </span>
  )
  if (request.body === undefined || request.body === null)
    return <div className="flex items-start gap-2 px-3 py-2">{line}</div>
  return (
    <details className="group">
      <summary className="focus-inset flex list-none items-start gap-2 px-3 py-2 hover:bg-hover">
        <span aria-hidden className="mt-0.5 text-xs text-muted transition-transform group-open:rotate-90">
          ▶
        </span>
        {line}
        <span className="shrink-0 text-xs text-accent group-open:hidden">Show body</span>
      </summary>
      <JsonText value={request.body} />
    </details>
  )
}

/** Any value as indented JSON, shown as inert text. */
export function JsonText({ value }: { value: unknown }) {
  const text = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '')
  return (
    <div className="relative border-t border-line bg-canvas">
      <div className="absolute top-1 right-1">
        <CopyButton text={inertString(text, true)} label="Copy JSON" />
      </div>
      <Scroll label="JSON" className="max-h-80 p-3 pr-9 font-mono text-xs leading-5">
        <Inert value={text} max={20_000} block expandable={text.length > 20_000} />
      </Scroll>
    </div>
  )
}
