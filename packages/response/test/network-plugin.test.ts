import { describe, expect, it } from 'vitest'
import { compareVersions, networkPlugins, parseVersion } from '../src/index.ts'
import { agent } from './cluster-fixture.ts'

const nodeAgent = (flag: string) => ({
  containers: [
    { name: 'aws-node', image: 'x/amazon-k8s-cni:v1.19.2-eksbuild.1' },
    { name: 'aws-eks-nodeagent', image: 'x/aws-network-policy-agent:v1.1', args: [flag] },
  ],
})

describe('networkPlugins', () => {
  it.each([
    [
      'Azure-NPM at the minimum',
      agent('azure-npm', 'mcr.microsoft.com/containernetworking/azure-npm:v1.5.34'),
      {},
      true,
      'yes',
    ],
    [
      'Azure-NPM 1.5.9 is older than 1.5.34',
      agent('azure-npm', 'mcr.microsoft.com/containernetworking/azure-npm:v1.5.9'),
      {},
      false,
      'yes',
    ],
    ['Calico below the minimum', agent('calico-node', 'docker.io/calico/node:v3.23.5'), {}, false, 'yes'],
    ['Calico above it', agent('calico-node', 'docker.io/calico/node:v3.28.0'), {}, true, 'yes'],
    [
      'Cilium switched off',
      agent('cilium', 'quay.io/cilium/cilium:v1.16.6'),
      { 'cilium-config': { 'enable-policy': 'never' } },
      false,
      'no',
    ],
    ['Cilium by digest only', agent('cilium', 'quay.io/cilium/cilium@sha256:abc'), {}, false, 'yes'],
    ['AWS-node with its agent off', agent('aws-node', '', nodeAgent('--enable-network-policy=false')), {}, false, 'no'],
    ['AWS-node with its agent on', agent('aws-node', '', nodeAgent('--enable-network-policy=true')), {}, true, 'yes'],
    [
      'an enforcer that is not on the list',
      agent('kube-router', 'docker.io/cloudnativelabs/kube-router:v2.1.0'),
      {},
      false,
      'yes',
    ],
    [
      'GKE Dataplane V2 carries its own build number',
      agent('anetd', 'gke.gcr.io/cilium/cilium:v1.13.10-gke.7'),
      {},
      true,
      'yes',
    ],
  ])('%s', (_, pod, agentConfig, supported, enforces) => {
    expect(networkPlugins({ agentPods: [pod], agentConfig }, 'node-1')[0]).toMatchObject({ supported, enforces })
  })

  it('believes no label that its image contradicts, and no agent of another node', () => {
    const impostor = agent('cilium', 'evil.example/miner:v9.9.9')
    impostor.metadata.ownerReferences = []
    expect(networkPlugins({ agentPods: [impostor], agentConfig: {} }, 'node-1')).toEqual([])
    expect(
      networkPlugins({ agentPods: [agent('cilium', 'quay.io/cilium/cilium:v1.16.6')], agentConfig: {} }, 'node-2'),
    ).toEqual([])
  })

  it('counts the one that enforces when two are there', () => {
    const both = [
      agent('aws-node', '', nodeAgent('--enable-network-policy=false')),
      agent('calico-node', 'docker.io/calico/node:v3.28.0'),
    ]
    expect(networkPlugins({ agentPods: both, agentConfig: {} }, 'node-1').map((p) => p.id)).toEqual([
      'calico',
      'aws-node',
    ])
  })

  it('takes the oldest version of a rollout in progress', () => {
    const pods = ['v1.16.6', 'v1.12.0'].map((v, i) => {
      const p = agent('cilium', `quay.io/cilium/cilium:${v}`)
      return { ...p, metadata: { ...p.metadata, uid: String(i) }, spec: { ...p.spec, nodeName: `node-${i}` } }
    })
    expect(networkPlugins({ agentPods: pods, agentConfig: {} }, undefined)[0]).toMatchObject({
      version: '1.12.0',
      supported: false,
    })
  })
})

describe('versions', () => {
  it.each([
    ['v1.15.1-eksbuild.2', '1.15.1'],
    ['1.26.15-gke.4901000', '1.26.15'],
    ['v1.30.6+k3s1', '1.30.6'],
    ['latest', undefined],
    ['', undefined],
  ])('%s → %s', (text, version) => expect(parseVersion(text)).toBe(version))

  it('compares numbers, not text', () => {
    expect(compareVersions('1.5.34', '1.5.9')).toBe(1)
    expect(compareVersions('1.27', '1.27.0')).toBe(0)
  })
})
