import type { Manifest } from './cluster-spec.ts'
import {
  clusterRole,
  clusterRoleBinding,
  configMap,
  customResource,
  daemonSet,
  podSpec,
  serviceAccount,
} from './manifests.ts'

const ADDONS = '602401143452.dkr.ecr.eu-central-1.amazonaws.com'

/** The VPC CNI with its policy agent switched on, the account of the policy controller and the kind it writes. */
export function awsNetwork(cni: string, agent: string): Manifest[] {
  return [
    customResource('networking.k8s.aws', 'policyendpoints', 'PolicyEndpoint', {
      version: 'v1alpha1',
      namespaced: true,
    }),
    clusterRole('eks:network-policy-controller', [
      {
        apiGroups: ['networking.k8s.aws'],
        resources: ['policyendpoints'],
        verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
      },
    ]),
    clusterRoleBinding('eks:network-policy-controller', 'eks:network-policy-controller', [
      { user: 'eks:network-policy-controller' },
    ]),
    configMap('kube-system', 'amazon-vpc-cni', {
      'enable-network-policy-controller': 'true',
      'enable-windows-ipam': 'false',
    }),
    serviceAccount('kube-system', 'aws-node'),
    awsNode(cni, agent),
  ]
}

function awsNode(cni: string, agentVersion: string): Manifest {
  const set = daemonSet('kube-system', 'aws-node', {
    image: `${ADDONS}/amazon-k8s-cni:${cni}-eksbuild.3`,
    container: 'aws-node',
    labels: { 'k8s-app': 'aws-node', 'app.kubernetes.io/name': 'aws-node', 'app.kubernetes.io/version': cni },
    serviceAccount: 'aws-node',
    hostNetwork: true,
    everywhere: true,
  })
  const agent = podSpec('aws-eks-nodeagent', {
    image: `${ADDONS}/amazon/aws-network-policy-agent:${agentVersion}-eksbuild.1`,
    args: ['--enable-ipv6=false', '--enable-network-policy=true', '--enable-cloudwatch-logs=false'],
    privileged: true,
  })
  const spec = (set.spec as { template: { spec: { containers: object[] } } }).template.spec
  spec.containers.push(...agent.containers)
  return set
}
