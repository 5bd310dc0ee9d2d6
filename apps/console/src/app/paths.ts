/** The only place that knows addresses of the console. */
export const paths = {
  signIn: '/sign-in',
  incidents: '/incidents',
  incident: (id: number, tab?: string) => `/incidents/${id}${tab ? `/${tab}` : ''}`,
  alerts: '/alerts',
  alert: (id: string) => `/alerts/${encodeURIComponent(id)}`,
  actions: '/actions',
  action: (id: string) => `/actions/${encodeURIComponent(id)}`,
  entity: (key: string) => `/entities/${encodeURIComponent(key)}`,
  containment: '/containment',
  handover: '/handover',
  record: '/record',
  hunting: (hunt?: { query: string; timespan: string; run?: boolean }) =>
    hunt
      ? `/hunting?${new URLSearchParams({ query: hunt.query, timespan: hunt.timespan, ...(hunt.run ? { run: '1' } : {}) })}`
      : '/hunting',
  detections: '/hunting/detections',
  newDetection: (query?: string) =>
    query === undefined ? '/hunting/detections/new' : `/hunting/detections/new?${new URLSearchParams({ query })}`,
  detection: (id: string, tab?: string) => `/hunting/detections/${encodeURIComponent(id)}${tab ? `?tab=${tab}` : ''}`,
  clusters: '/clusters',
  coverage: '/coverage',
  rules: '/detection-rules',
  tuning: '/tuning',
  simulation: '/simulation',
  access: '/access',
}
