import { type GraphNode, parseEntityKey } from '@cordon/entities'
import type { ActionTargetView } from '../../features/response/TargetActions.tsx'

/** A graph node as the target of an action; cluster and namespace are parts of its key. */
export function targetOfNode(node: GraphNode): ActionTargetView {
  const [cluster, namespace] = parseEntityKey(node.key)?.parts ?? []
  return { key: node.key, kind: node.kind, name: node.label, cluster, namespace, containment: node.containment }
}
