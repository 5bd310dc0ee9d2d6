import type { NetworkRequest, NetworkResponse } from '../ports.ts'
import { textResponse } from './outside-hosts.ts'

export type Platform = 'aks' | 'eks' | 'gke' | 'k3s'

export const METADATA_ADDRESS = '169.254.169.254'

// Shaped like the real thing for whoever parses it, worthless to whoever steals it.
const FAKE_TOKEN = 'lab-token-without-any-value'

const json = (body: unknown) => textResponse(200, JSON.stringify(body), 'application/json')

const services: Record<Platform, ((request: NetworkRequest) => NetworkResponse) | undefined> = {
  aks: azure,
  eks: amazon,
  gke: google,
  k3s: undefined,
}

/** The platform's instance metadata service; undefined where there is none. */
export function metadataService(platform: Platform) {
  return services[platform]
}

function header(request: NetworkRequest, name: string): string | undefined {
  return Object.entries(request.headers).find(([key]) => key.toLowerCase() === name)?.[1]
}

function azure(request: NetworkRequest): NetworkResponse {
  if (header(request, 'metadata')?.toLowerCase() !== 'true') {
    return textResponse(
      400,
      '{"error":"invalid_request","error_description":"Required metadata header not specified"}',
      'application/json',
    )
  }
  if (request.path.startsWith('/metadata/identity/oauth2/token')) {
    const resource = new URLSearchParams(request.path.split('?')[1]).get('resource') ?? ''
    return json({ access_token: FAKE_TOKEN, expires_in: '86399', resource, token_type: 'Bearer' })
  }
  if (request.path.startsWith('/metadata/instance')) {
    const compute = {
      location: 'westeurope',
      osType: 'Linux',
      resourceGroupName: 'MC_shop_aks-prod_westeurope',
      vmSize: 'Standard_D4ds_v5',
    }
    return json({ compute, network: {} })
  }
  return textResponse(404, '{"error":"Not found"}', 'application/json')
}

const ROLE = 'eks-legacy-node-role'

function amazon(request: NetworkRequest): NetworkResponse {
  const path = request.path.split('?')[0] ?? '/'
  if (request.method === 'PUT' && path === '/latest/api/token') return textResponse(200, FAKE_TOKEN)
  if (header(request, 'x-aws-ec2-metadata-token') !== FAKE_TOKEN) return textResponse(401, 'Unauthorized')
  const answers: Record<string, string> = {
    '/latest/meta-data/': 'ami-id\nhostname\niam/\ninstance-id\nlocal-ipv4\nplacement/\n',
    '/latest/meta-data/instance-id': 'i-00000000000000001',
    '/latest/meta-data/iam/security-credentials/': ROLE,
    [`/latest/meta-data/iam/security-credentials/${ROLE}`]: JSON.stringify({
      Code: 'Success',
      Type: 'AWS-HMAC',
      AccessKeyId: 'ASIALABLABLABLAB0000',
      SecretAccessKey: FAKE_TOKEN,
      Token: FAKE_TOKEN,
      Expiration: '2030-01-01T00:00:00Z',
    }),
  }
  const body = answers[path] ?? answers[`${path}/`]
  return body === undefined ? textResponse(404, 'Not Found') : textResponse(200, body)
}

function google(request: NetworkRequest): NetworkResponse {
  if (header(request, 'metadata-flavor') !== 'Google')
    return textResponse(403, 'Missing Metadata-Flavor:Google header.')
  const path = request.path.split('?')[0] ?? '/'
  if (path.endsWith('/service-accounts/default/token')) {
    return json({ access_token: FAKE_TOKEN, expires_in: 3599, token_type: 'Bearer' })
  }
  const answers: Record<string, string> = {
    '/computeMetadata/v1/': 'instance/\nproject/\n',
    '/computeMetadata/v1/project/project-id': 'lab-shop-legacy',
    '/computeMetadata/v1/instance/zone': 'projects/0/zones/europe-west1-b',
    '/computeMetadata/v1/instance/service-accounts/default/email': 'nodes@lab-shop-legacy.example',
    '/computeMetadata/v1/instance/attributes/kube-env': 'CLUSTER_NAME: gke-old\n',
  }
  const body = answers[path]
  return body === undefined ? textResponse(404, 'not found') : textResponse(200, body)
}
