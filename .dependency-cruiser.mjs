// Who may import whom: the table of ARCHITECTURE.md, enforced. Packages are entered by their index only.
const mayImport = {
  rbac: [],
  sigma: [],
  netpol: [],
  ledger: [],
  ui: [],
  entities: [],
  telemetry: ['entities'],
  kql: ['telemetry', 'entities'],
  detection: ['sigma', 'telemetry', 'entities'],
  incidents: ['entities'],
  response: ['rbac', 'entities', 'netpol'],
  contract: ['rbac', 'sigma', 'netpol', 'ledger', 'entities', 'telemetry', 'detection', 'incidents', 'response'],
  lab: ['netpol'],
  simulation: [],
}
const packages = Object.keys(mayImport)
const apps = {
  console: packages.filter(
    (p) => !['lab', 'simulation', 'sigma', 'ledger', 'telemetry', 'detection', 'kql'].includes(p),
  ),
  bff: packages.filter((p) => p !== 'ui'),
}
const others = (allowed, own) => packages.filter((p) => p !== own && !allowed.includes(p))

const direction = [
  ...packages.map((p) => ({
    name: `package-${p}`,
    severity: 'error',
    from: { path: `^packages/${p}/(src|test|bench)/` },
    to: { path: `^(packages/(${others(mayImport[p], p).join('|') || 'none'})/|apps/)` },
  })),
  ...Object.entries(apps).map(([a, allowed]) => ({
    name: `app-${a}`,
    severity: 'error',
    from: { path: `^apps/${a}/src/` },
    to: { path: `^(packages/(${others(allowed, '').join('|') || 'none'})/|apps/(?!${a}/))` },
  })),
]

export default {
  forbidden: [
    ...direction,
    {
      name: 'index-only',
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/' },
      to: { path: '^packages/[^/]+/src/(?!index\\.ts$)', pathNot: '^$1/$2/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^(packages|apps)/[^/]+/src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'features-apart',
      severity: 'error',
      from: { path: '^apps/([^/]+)/src/features/([^/]+)/' },
      to: { path: '^apps/$1/src/features/', pathNot: '^apps/$1/src/features/$2/' },
    },
    {
      name: 'one-cytoscape',
      severity: 'error',
      from: { pathNot: '^packages/ui/' },
      to: { path: 'node_modules/cytoscape' },
    },
    {
      name: 'tests-stay-out',
      severity: 'error',
      from: { path: '/src/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '(\\.test\\.tsx?$|/test/)' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/|/data/|\\.d\\.ts$)' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
    },
  },
}
