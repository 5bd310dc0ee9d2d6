import type { NodeSeal, SealKind } from '@cordon/ui'
import {
  ArrowDownToLine,
  CircleHelp,
  CircleX,
  Hourglass,
  LoaderCircle,
  Lock,
  LockOpen,
  OctagonX,
  Pause,
  ShieldAlert,
  ShieldMinus,
} from 'lucide-react'

/** The icon that goes with a containment state, so that colour never stands alone. */
export function SealIcon({ seal, kind }: { seal: NodeSeal; kind: SealKind }) {
  switch (seal) {
    case 'sealed':
      return <ProvenIcon kind={kind} />
    case 'working':
      return <LoaderCircle className="animate-spin" aria-hidden />
    case 'partly':
      return <ShieldAlert aria-hidden />
    case 'unproven':
      return <CircleHelp aria-hidden />
    case 'broken':
      return <LockOpen aria-hidden />
    case 'expired':
      return <Hourglass aria-hidden />
    case 'gone':
      return <CircleX aria-hidden />
    case 'none':
      return null
  }
}

function ProvenIcon({ kind }: { kind: SealKind }) {
  switch (kind) {
    case 'isolation':
      return <Lock aria-hidden />
    case 'restriction':
      return <ShieldMinus aria-hidden />
    case 'scale':
      return <ArrowDownToLine aria-hidden />
    case 'suspension':
      return <Pause aria-hidden />
    case 'termination':
      return <OctagonX aria-hidden />
  }
}
