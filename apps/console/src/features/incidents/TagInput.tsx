import { Inert, inertString } from '@cordon/ui'
import { X } from 'lucide-react'
import { useId, useState } from 'react'

/** Free tags: Enter or comma adds, the cross removes. */
export function TagInput({
  tags,
  onChange,
  label = 'Tags',
}: {
  tags: readonly string[]
  onChange: (tags: string[]) => void
  label?: string
}) {
  const id = useId()
  const [text, setText] = useState('')
  const add = () => {
    const tag = text.trim().slice(0, 60)
    if (tag && !tags.includes(tag)) onChange([...tags, tag])
    setText('')
  }
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-xs font-medium text-muted">
        {label}
      </label>
      <div className="flex min-h-8 flex-wrap items-center gap-1 rounded-md border border-line-strong/60 bg-panel px-1.5 py-1 focus-within:outline-2 focus-within:outline-accent hover:border-line-strong">
        {tags.map((tag) => (
          <span key={tag} className="inline-flex items-center gap-1 rounded bg-hover py-0.5 pr-0.5 pl-2 text-xs">
            <Inert value={tag} max={60} />
            <button
              type="button"
              aria-label={`Remove tag ${inertString(tag)}`}
              className="rounded p-1 text-muted hover:text-ink"
              onClick={() => onChange(tags.filter((t) => t !== tag))}
            >
              <X className="size-3" aria-hidden />
            </button>
          </span>
        ))}
        <input
          id={id}
          value={text}
          maxLength={60}
          className="min-w-32 flex-1 bg-transparent px-1 text-sm outline-none"
          placeholder="Add a tag, then Enter"
          onChange={(event) => setText(event.target.value)}
          onBlur={add}
          onKeyDown={(event) => {
            if (event.key === 'Enter' || event.key === ',') {
              event.preventDefault()
              add()
            } else if (event.key === 'Backspace' && text === '') onChange(tags.slice(0, -1))
          }}
        />
      </div>
    </div>
  )
}
