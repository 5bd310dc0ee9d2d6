import { TextArea } from '@cordon/ui'
import { type ReactNode, useRef, useState } from 'react'

/** The comment every action needs: its field, its text, and the check that sends people back to it when it is empty. */
export function useComment(placeholder: string): { text: string; field: ReactNode; isGiven: () => boolean } {
  const [text, setText] = useState('')
  const [isMissed, setMissed] = useState(false)
  const box = useRef<HTMLTextAreaElement>(null)
  const isEmpty = text.trim() === ''
  return {
    text,
    isGiven() {
      if (!isEmpty) return true
      setMissed(true)
      box.current?.focus()
      return false
    },
    field: (
      <div className="w-full">
        <TextArea
          ref={box}
          label="Comment (required)"
          placeholder={placeholder}
          required
          rows={2}
          className="min-h-14"
          maxLength={5000}
          value={text}
          error={isMissed && isEmpty ? 'Write a comment before you confirm.' : null}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
    ),
  }
}
