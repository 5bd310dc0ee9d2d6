import type { LedgerStatus } from '@cordon/contract'
import { Badge, Button, CopyButton, Inert, Skeleton, Time, buttonClass } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { BadgeCheck, CircleDotDashed, CircleHelp, CircleX, Download } from 'lucide-react'
import type { ReactNode } from 'react'
import { linkTo, q, useApi } from '../../api/query.ts'
import { Problem } from '../../signs/Problem.tsx'
import { ledgerVerdict } from './ledger-verdict.ts'

const icons: Record<string, ReactNode> = {
  proof: <BadgeCheck aria-hidden />,
  failed: <CircleX aria-hidden />,
  doubt: <CircleHelp aria-hidden />,
  progress: <CircleDotDashed aria-hidden />,
}

/** Whether the ledger is sound, how far it is signed, and the ways to check that oneself. */
export function LedgerStanding() {
  const { data, error, refetch } = useQuery(q('ledgerStatus', {}))
  const verify = useApi('ledgerVerify')
  if (!data) return error ? <Problem error={error} onRetry={() => void refetch()} /> : <Skeleton rows={2} />
  const verdict = ledgerVerdict(data)
  return (
    <section
      aria-label="State of the ledger"
      className="mx-5 mb-3 flex flex-wrap items-start gap-x-7 gap-y-3 rounded-lg border border-line bg-panel px-4 py-3"
    >
      <Block label="Last check">
        <Badge tone={verdict.tone} icon={icons[verdict.tone]}>
          {verdict.label}
        </Badge>
        <p className="mt-1 max-w-56 text-xs text-muted" role="status">
          <Inert value={verdict.text} max={400} /> <Time value={data.check?.at} fallback="" />
        </p>
      </Block>
      <Block label="Head">
        <p className="font-medium">{data.head ? `Entry ${data.head.seq.toLocaleString()}` : 'No entry yet'}</p>
        {data.head && <Hash value={data.head.hash} />}
      </Block>
      <Block label="Signature">
        <Signature status={data} />
      </Block>
      <Block label="Signing key">
        <p className="flex items-center gap-1 font-mono text-xs leading-5">
          <Inert value={data.keyId} max={40} />
          <CopyButton text={data.publicKey} label="Copy the public key" />
        </p>
        <p className="max-w-44 text-xs text-muted">Keep the public key outside: the offline verifier needs it.</p>
      </Block>
      <div className="ml-auto flex flex-col items-end gap-2">
        <div className="flex gap-2">
          <Button size="sm" look="primary" disabled={verify.isPending} onClick={() => verify.mutate({})}>
            {verify.isPending ? 'Verifying…' : 'Verify now'}
          </Button>
          <a className={buttonClass('plain', 'sm')} href={linkTo('ledgerExport')} download>
            <Download className="size-3.5" aria-hidden />
            Export signed
          </a>
        </div>
        {verify.isError && <Problem error={verify.error} compact what="Not verified" />}
      </div>
    </section>
  )
}

function Signature({ status: { head, signed } }: { status: LedgerStatus }) {
  if (!signed)
    return (
      <>
        <p className="font-medium">Not signed yet</p>
        <p className="max-w-48 text-xs text-muted">Entries are chained; the first signature follows.</p>
      </>
    )
  const rest = (head?.seq ?? 0) - signed.seq
  return (
    <>
      <p className="font-medium">Signed up to entry {signed.seq.toLocaleString()}</p>
      <p className="max-w-52 text-xs text-muted">
        <Time value={signed.at} />
        {rest > 0 && ` · ${rest.toLocaleString()} newer ${rest === 1 ? 'is' : 'are'} chained, signed with the next`}
      </p>
    </>
  )
}

function Hash({ value }: { value: string }) {
  return (
    <p className="flex items-center gap-1 font-mono text-xs text-muted">
      <Inert value={value} max={16} />
      <CopyButton text={value} label="Copy the hash of the head" />
    </p>
  )
}

function Block({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <h2 className="mb-1 text-xs font-medium text-muted">{label}</h2>
      {children}
    </div>
  )
}
