import { autocompletion, type CompletionContext, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching } from '@codemirror/language'
import { type Diagnostic, linter, lintGutter } from '@codemirror/lint'
import { EditorState, Prec } from '@codemirror/state'
import { drawSelection, EditorView, keymap, lineNumbers, placeholder } from '@codemirror/view'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import { completeHunt, diagnoseHunt } from '../../api/hunting.ts'
import { kqlColours, kqlLanguage } from './kql-language.ts'

export interface EditorHandle {
  /** Writes at the cursor, in place of what is selected. */
  insert(text: string): void
  /** Selects a part of the text and brings it into view. */
  select(from: number, to: number): void
  focus(): void
}

export interface QueryEditorProps {
  value: string
  ref?: Ref<EditorHandle> | undefined
  onChange: (value: string) => void
  /** Ctrl+Enter, with the selected part of the text where there is one. */
  onRun: (selected: string | undefined) => void
}

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', backgroundColor: 'transparent', color: 'var(--ink)' },
  '.cm-scroller': { fontFamily: 'var(--font-mono, monospace)', lineHeight: '1.5' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--muted)', border: 'none' },
  '&.cm-focused': { outline: 'none' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--accent-soft)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--panel)',
    color: 'var(--ink)',
    border: '1px solid var(--line)',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--accent-soft)',
    color: 'var(--ink)',
  },
})

async function complete(context: CompletionContext) {
  const word = context.matchBefore(/[\w-]*/)
  if (
    !word ||
    (word.from === word.to && !context.explicit && !/[|.(]\s?$/.test(context.state.sliceDoc(0, context.pos)))
  )
    return null
  const items = await completeHunt(context.state.doc.toString(), context.pos)
  if (items.length === 0) return null
  return {
    from: word.from,
    options: items.map((item) => ({ label: item.label, apply: item.apply })),
    validFor: /^[\w-]*$/,
  }
}

async function problems(view: EditorView): Promise<Diagnostic[]> {
  const text = view.state.doc.toString()
  if (text.trim() === '') return []
  return (await diagnoseHunt(text)).map(({ start, end, severity, message, hint, fix }) => ({
    from: Math.min(start, text.length),
    to: Math.min(Math.max(end, start), text.length),
    severity: severity === 'information' ? 'info' : severity,
    message: hint ? `${message}. ${hint}` : message,
    ...(fix === undefined
      ? {}
      : {
          actions: [
            {
              name: `Write ${fix}`,
              apply: (target: EditorView, from: number, to: number) =>
                target.dispatch({ changes: { from, to, insert: fix } }),
            },
          ],
        }),
  }))
}

/** The query text with colours, completion and the server's diagnostics. Loaded when a hunt is opened. */
export function QueryEditor({ value, onChange, onRun, ref }: QueryEditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const calls = useRef({ onChange, onRun })
  calls.current = { onChange, onRun }
  useImperativeHandle(ref, () => ({
    insert(text) {
      const editor = view.current
      if (!editor) return
      const { from, to } = editor.state.selection.main
      const isJoined = from > 0 && /[\w)\]"']/.test(editor.state.sliceDoc(from - 1, from))
      const insert = isJoined ? ` ${text}` : text
      editor.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length } })
      editor.focus()
    },
    select(from, to) {
      const editor = view.current
      if (!editor) return
      const end = editor.state.doc.length
      editor.dispatch({
        selection: { anchor: Math.min(from, end), head: Math.min(to, end) },
        scrollIntoView: true,
      })
      editor.focus()
    },
    focus: () => view.current?.focus(),
  }))
  useEffect(() => {
    if (!host.current) return
    const run = (target: EditorView): boolean => {
      const { from, to } = target.state.selection.main
      calls.current.onRun(from === to ? undefined : target.state.sliceDoc(from, to))
      return true
    }
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          Prec.highest(
            keymap.of([
              { key: 'Mod-Enter', run },
              { key: 'Shift-Enter', run },
            ]),
          ),
          lineNumbers(),
          history(),
          drawSelection(),
          bracketMatching(),
          kqlLanguage,
          kqlColours,
          autocompletion({ override: [complete] }),
          linter(problems, { delay: 400 }),
          lintGutter(),
          placeholder('CloudProcessEvents | where ProcessCommandLine has "xmrig" | take 100'),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': 'KQL query' }),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) calls.current.onChange(update.state.doc.toString())
          }),
          look,
        ],
      }),
    })
    view.current = editor
    return () => editor.destroy()
    // oxlint-disable-next-line react/exhaustive-deps -- the editor keeps its text; changes from outside come in below
  }, [])
  useEffect(() => {
    const editor = view.current
    if (!editor || editor.state.doc.toString() === value) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } })
  }, [value])
  return <div ref={host} className="h-full min-h-0 overflow-hidden" />
}
