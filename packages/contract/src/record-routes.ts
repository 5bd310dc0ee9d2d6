import type { Route } from './routes.ts'

/** Endpoints of the record: ledger, findings, hand-over and measured intervals. */
export const recordRoutes = {
  ledgerList: {
    method: 'GET',
    path: '/ledger',
    needs: ['security-data.read'],
    reads: ['ledger', 'incident', 'alert', 'action', 'account', 'token'],
    summary: 'The audit record: who changed what, when, from what to what',
  },
  ledgerStatus: {
    method: 'GET',
    path: '/ledger/status',
    needs: ['security-data.read'],
    reads: ['ledger'],
    summary: 'Whether the ledger is sound, how far it is signed, and with which key',
  },
  ledgerVerify: {
    method: 'POST',
    path: '/ledger/verify',
    needs: ['security-data.read'],
    reads: [],
    summary: 'Check every entry and checkpoint now',
  },
  ledgerExport: {
    method: 'GET',
    path: '/ledger/export',
    needs: ['security-data.read'],
    reads: [],
    summary: 'The ledger with its checkpoints as signed NDJSON, for the offline verifier',
    raw: true,
  },
  findingList: {
    method: 'GET',
    path: '/ledger/findings',
    needs: ['security-data.read'],
    reads: ['ledger'],
    summary: 'Where the record and the audit logs of the clusters differ',
  },
  findingClose: {
    method: 'POST',
    path: '/ledger/findings/{id}/close',
    needs: ['alerts.manage'],
    reads: [],
    summary: 'Say what explains a finding',
  },
  actionTrend: {
    method: 'GET',
    path: '/actions/trend',
    needs: ['security-data.read'],
    reads: ['action'],
    summary: 'Actions over time by type and by how they ended',
  },
  intervalList: {
    method: 'GET',
    path: '/intervals',
    needs: ['security-data.read'],
    reads: ['incident', 'action'],
    summary: 'Measured times from alert to seen, decided, applied, verified and released',
  },
  handoverGet: {
    method: 'GET',
    path: '/handover',
    needs: ['security-data.read'],
    reads: ['ledger', 'incident', 'action'],
    summary: 'What the next shift must know, made from the ledger',
  },
} as const satisfies Record<string, Route>
