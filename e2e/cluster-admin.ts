import fs from 'node:fs'
import https from 'node:https'
import path from 'node:path'

type Stored = any // any: each kind's JSON

/**
 * Somebody else with rights in a lab cluster: what an attacker with a stolen credential, or a colleague with kubectl, does
 * behind the console's back, or with the `token` they stole. Reads the kubeconfig the lab writes, field by field, since nothing else of it is needed.
 */
export async function asClusterAdmin(
  cluster: string,
  method: string,
  apiPath: string,
  body?: unknown,
  token?: string,
): Promise<{ status: number; body: Stored }> {
  const text = fs.readFileSync(path.join(process.env.E2E_DATA_DIR ?? '', 'lab.kubeconfig'), 'utf8')
  const blockOf = (name: string) => text.slice(text.search(new RegExp(`- name: ${name}\\b`)))
  const field = (block: string, name: string) => new RegExp(`${name}: "?([^"\\s]+)`).exec(block)?.[1] ?? ''
  const [there, who] = [blockOf(cluster), blockOf(`${cluster}-lab-admin`)]
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  return new Promise((resolve, reject) => {
    const request = https.request(
      field(there, 'server') + apiPath,
      {
        method,
        ca: Buffer.from(field(there, 'certificate-authority-data'), 'base64'),
        headers: {
          authorization: `Bearer ${token ?? field(who, 'token')}`,
          'content-type': type,
          'user-agent': 'kubectl/v1.36.2 (linux/amd64) kubernetes/1362a0b',
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString() || 'null') }),
        )
      },
    )
    request.on('error', reject)
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
