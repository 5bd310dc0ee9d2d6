import { stringify } from 'yaml'

export interface KubeconfigEntry {
  cluster: string
  serverUrl: string
  caPem: string
  user: string
  token: string
}

/** A kubeconfig with one context per cluster, named as the cluster. */
export function kubeconfigText(entries: KubeconfigEntry[]): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': entries[0]?.cluster ?? '',
    clusters: entries.map((entry) => ({
      name: entry.cluster,
      cluster: { server: entry.serverUrl, 'certificate-authority-data': Buffer.from(entry.caPem).toString('base64') },
    })),
    users: entries.map((entry) => ({ name: `${entry.cluster}-${entry.user}`, user: { token: entry.token } })),
    contexts: entries.map((entry) => ({
      name: entry.cluster,
      context: { cluster: entry.cluster, user: `${entry.cluster}-${entry.user}` },
    })),
  })
}
