import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'

/** Search of a queue; takes effect when typing pauses. */
export function SearchBox({
  value,
  onChange,
  label,
}: {
  value: string
  onChange: (value: string) => void
  label: string
}) {
  const [text, setText] = useState(value)
  const [applied, setApplied] = useState(value)
  // The address changed from elsewhere (reset, back button).
  if (applied !== value) {
    setApplied(value)
    setText(value)
  }
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => {
      setApplied(text)
      onChange(text)
    }, 300)
    return () => clearTimeout(timer)
  }, [text, value, onChange])
  return (
    <div className="relative">
      <Search className="pointer-events-none absolute top-1.5 left-2 size-4 text-muted" aria-hidden />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        maxLength={200}
        onChange={(event) => setText(event.target.value)}
        className="h-7 w-60 rounded-md border border-line-strong/60 bg-panel pr-2 pl-8 text-xs placeholder:text-muted hover:border-line-strong"
      />
    </div>
  )
}
