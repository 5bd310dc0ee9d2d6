import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'

/** Copies text to the clipboard and says so for a moment. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  useEffect(() => {
    if (state === 'idle') return
    const timer = setTimeout(() => setState('idle'), 1600)
    return () => clearTimeout(timer)
  }, [state])
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState('failed'),
    )
  const said = state === 'copied' ? 'Copied' : state === 'failed' ? 'Could not copy' : label
  return (
    <button
      type="button"
      aria-label={said}
      title={said}
      onClick={(event) => {
        event.stopPropagation()
        void copy()
      }}
      className="ml-1 inline-flex size-6 shrink-0 items-center justify-center rounded align-middle text-muted hover:bg-hover hover:text-ink"
    >
      {state === 'copied' ? (
        <Check className="size-3.5 text-proof" aria-hidden />
      ) : (
        <Copy className="size-3.5" aria-hidden />
      )}
    </button>
  )
}
