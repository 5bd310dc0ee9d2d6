const read = ['security-data.read'] as const

/** Endpoints of hunting. */
export const huntingRoutes = {
  huntingQuery: { method: 'POST', path: '/hunting/query', needs: read, reads: [], summary: 'Run a KQL query' },
  huntingDiagnose: {
    method: 'POST',
    path: '/hunting/diagnose',
    needs: read,
    reads: [],
    summary: 'What is wrong with a query, without running it',
  },
  huntingComplete: {
    method: 'POST',
    path: '/hunting/complete',
    needs: read,
    reads: [],
    summary: 'What can stand at a place of a query',
  },
  huntingSchema: {
    method: 'GET',
    path: '/hunting/schema',
    needs: read,
    reads: [],
    summary: 'Tables, columns, functions and limits of hunting',
  },
  huntingReady: {
    method: 'GET',
    path: '/hunting/ready',
    needs: read,
    reads: ['incident'],
    summary: 'Ready hunts for an entity',
  },
  huntingQueryList: {
    method: 'GET',
    path: '/hunting/queries',
    needs: read,
    reads: ['hunt'],
    summary: 'Saved queries: mine, shared and built in',
  },
  huntingQueryCreate: { method: 'POST', path: '/hunting/queries', needs: read, reads: [], summary: 'Save a query' },
  huntingQueryUpdate: {
    method: 'PATCH',
    path: '/hunting/queries/{id}',
    needs: read,
    reads: [],
    summary: 'Change a saved query of mine',
  },
  huntingQueryDelete: {
    method: 'DELETE',
    path: '/hunting/queries/{id}',
    needs: read,
    reads: [],
    summary: 'Delete a saved query of mine',
  },
  huntingHistory: {
    method: 'GET',
    path: '/hunting/history',
    needs: read,
    reads: ['hunt'],
    summary: 'My last 30 runs',
  },
  huntingExport: {
    method: 'POST',
    path: '/hunting/export',
    needs: read,
    reads: [],
    summary: 'The rows of a query as CSV or NDJSON',
    raw: true,
  },
} as const
