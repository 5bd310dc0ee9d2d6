import { Button, Menu, MenuItem, toast } from '@cordon/ui'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { type ExportFormat, exportHunt } from '../../api/hunting.ts'
import { problemOf } from '../../api/query.ts'

const formats: readonly [ExportFormat, string][] = [
  ['csv', 'CSV'],
  ['ndjson', 'NDJSON'],
  ['parquet', 'Parquet'],
]

/** The whole answer as a file, not only the rows that are shown. */
export function ExportMenu({ asked }: { asked: { query: string; timespan: string } }) {
  const [isBusy, setBusy] = useState(false)
  const download = async (format: ExportFormat) => {
    setBusy(true)
    try {
      const { file, name, rows, total } = await exportHunt(asked.query, asked.timespan, format)
      save(file, name)
      if (rows !== null && total !== null && rows < total)
        toast({
          title: 'The file is not the whole answer',
          description: `It has ${rows.toLocaleString()} of ${total.toLocaleString()} rows, the most you may export.`,
          kind: 'failed',
        })
    } catch (thrown) {
      toast({ title: 'Not exported', description: problemOf(thrown).detail, kind: 'failed' })
    } finally {
      setBusy(false)
    }
  }
  return (
    <Menu
      label="Export"
      trigger={
        <Button size="sm" look="quiet" disabled={isBusy} icon={<Download className="size-3.5" aria-hidden />}>
          {isBusy ? 'Exporting…' : 'Export'}
        </Button>
      }
    >
      {formats.map(([format, label]) => (
        <MenuItem key={format} onSelect={() => void download(format)}>
          All rows as {label}
        </MenuItem>
      ))}
    </Menu>
  )
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
