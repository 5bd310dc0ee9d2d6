import { expect, type APIRequestContext } from '@playwright/test'
import { administratorToken } from './analyst.ts'

interface Relations {
  relations: { key: string; kind: string }[]
}

/** Key of a pod that a workload maintains, once the inventory knows it. */
export async function podOf(
  request: APIRequestContext,
  cluster: string,
  namespace: string,
  kind: string,
  workload: string,
): Promise<string> {
  const key = `workload:${cluster}/${namespace}/${kind}/${workload}`
  let found: string | undefined
  await expect(async () => {
    const answer = await request.get(`/api/v1/entities/${encodeURIComponent(key)}`, {
      headers: { authorization: `Bearer ${administratorToken}` },
    })
    const body = (await answer.json()) as Relations
    found = body.relations?.find((r) => r.kind === 'pod')?.key
    expect(found, `a pod of ${key}`).toBeTruthy()
  }).toPass({ timeout: 30_000 })
  return found ?? ''
}
