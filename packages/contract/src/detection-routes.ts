import type { Route } from './routes.ts'

/** Endpoints of tuning alerts, of grouping them by hand, and of running the detection rules. */
export const detectionRoutes = {
  tuningList: {
    method: 'GET',
    path: '/tuning-rules',
    needs: ['security-data.read'],
    reads: ['tuning'],
    summary: 'Tuning rules and maintenance windows with what they were applied to',
  },
  tuningPreview: {
    method: 'POST',
    path: '/tuning-rules/preview',
    needs: ['alerts.manage'],
    reads: ['alert'],
    summary: 'Which past alerts a tuning rule would have covered; stores nothing',
  },
  tuningCreate: {
    method: 'POST',
    path: '/tuning-rules',
    needs: ['alerts.manage'],
    reads: [],
    summary: 'Hide, resolve or lower alerts that match, or open a maintenance window',
  },
  tuningUpdate: {
    method: 'PATCH',
    path: '/tuning-rules/{id}',
    needs: ['alerts.manage'],
    reads: [],
    summary: 'Change a tuning rule, switch it on or off, or end it',
  },
  tuningDelete: {
    method: 'DELETE',
    path: '/tuning-rules/{id}',
    needs: ['alerts.manage'],
    reads: [],
    summary: 'Delete a tuning rule; alerts it changed stay as they are',
  },
  incidentMerge: {
    method: 'POST',
    path: '/incidents/merge',
    needs: ['alerts.manage'],
    reads: [],
    summary: 'Merge up to five open incidents into the oldest of them',
  },
  alertMove: {
    method: 'POST',
    path: '/alerts/move',
    needs: ['alerts.manage'],
    reads: [],
    summary: 'Move alerts to another incident, or split them off into a new one',
  },
  ruleUpdate: {
    method: 'PATCH',
    path: '/detection-rules/{id}',
    needs: ['alerts.manage'],
    reads: [],
    summary: 'Switch a detection rule on or off',
  },
  ruleReload: {
    method: 'POST',
    path: '/detection-rules/reload',
    needs: ['alerts.manage'],
    reads: [],
    summary: 'Read the detection rules again; windows and process trees are kept',
  },
  coverageAttack: {
    method: 'GET',
    path: '/coverage/attack',
    needs: ['security-data.read'],
    reads: ['coverage', 'rule', 'alert'],
    summary: 'The ATT&CK matrix for containers with rules, alerts and blind spots',
  },
} as const satisfies Record<string, Route>
