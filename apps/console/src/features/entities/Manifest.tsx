import { Button, CopyButton, Inert, Scroll, Section, inertString } from '@cordon/ui'
import { useMemo, useState } from 'react'
import { toYaml } from './to-yaml.ts'

/** The object as the cluster last reported it: text only, nothing in it is followed or rendered. */
export function Manifest({ manifest }: { manifest: unknown }) {
  const [open, setOpen] = useState(false)
  const text = useMemo(() => (open ? toYaml(manifest) : ''), [open, manifest])
  return (
    <Section
      title="Manifest"
      actions={
        <>
          {open && <CopyButton text={inertString(text, true)} label="Copy manifest" />}
          <Button size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Hide' : 'Show'}
          </Button>
        </>
      }
    >
      {open ? (
        <Scroll
          label="Manifest"
          className="max-h-[32rem] rounded-md border border-line bg-canvas p-3 font-mono text-xs leading-5"
        >
          <Inert value={text} max={60_000} block className="break-normal" />
        </Scroll>
      ) : (
        <p className="text-muted">As the cluster last reported it.</p>
      )}
    </Section>
  )
}
