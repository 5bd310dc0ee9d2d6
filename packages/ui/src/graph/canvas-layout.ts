import type { Core, LayoutOptions } from 'cytoscape'

export type GraphLayout = 'force' | 'tree' | 'rings'

const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches

// Measured: fcose's full quality takes over a second above this many nodes on a laptop; its draft stays fast.
const fullQualityMax = 300

// From here on a graph is looked at as a whole first, and read by zooming, choosing or grouping.
const denseFrom = 100

/** Arranges the whole graph anew, then fits it. */
export function arrange(cy: Core, layout: GraphLayout): void {
  const count = cy.nodes().length
  const common = {
    animate: !still() && count < 120,
    animationDuration: 250,
    fit: true,
    padding: 36,
    // In a very full graph labels can't be read before one zooms in: then the nodes themselves get the room.
    nodeDimensionsIncludeLabels: count < denseFrom,
  }
  const options = {
    force: {
      ...common,
      name: 'fcose',
      quality: count > fullQualityMax ? 'draft' : 'default',
      randomize: true,
      // Hubs with many leaves need longer edges, or their labels lie on each other.
      nodeRepulsion: count < denseFrom ? 18_000 + 900 * count : 70_000,
      idealEdgeLength: count < denseFrom ? 74 + Math.min(70, count) : 100,
      nodeSeparation: count < denseFrom ? 85 : 75,
      numIter: 4000,
      packComponents: true,
      gravity: count < denseFrom ? 0.22 : 0.1,
    },
    tree: { ...common, name: 'dagre', nodeDimensionsIncludeLabels: false, rankDir: 'LR', nodeSep: 42, rankSep: 100 },
    rings: {
      ...common,
      name: 'concentric',
      minNodeSpacing: 28,
      concentric: (node: { degree: (loops: boolean) => number }) => node.degree(false),
      levelWidth: () => 2,
    },
  }[layout]
  const run = cy.layout(options as LayoutOptions) // extension layouts bring options the core's type doesn't know
  run.one('layoutstop', () => {
    if (layout === 'force') turnToFit(cy)
    fitAll(cy)
    // Only what was drawn once has a measured name; without this, names at the rim are cut off.
    cy.one('render', () => cy.edges('.planned').empty() && fitAll(cy))
  })
  run.run()
}

/** A force layout has no up or down: a wide picture is turned for a tall canvas and the other way round. */
function turnToFit(cy: Core): void {
  const { w, h } = cy.nodes().boundingBox({ includeLabels: false })
  const isWideCanvas = cy.width() > cy.height()
  if (Math.max(w, h) < 1.3 * Math.min(w, h) || w > h === isWideCanvas) return
  cy.nodes().positions((node) => ({ x: node.position('y'), y: node.position('x') }))
}

/** Shows everything with its labels, but never larger than is comfortable to read. */
export function fitAll(cy: Core): void {
  cy.fit(undefined, 16)
  if (cy.zoom() > 1.25) {
    cy.zoom(1.25)
    cy.center()
  }
}

// Below this zoom names of the normal size would be under nine pixels.
const farZoom = 0.72

/** From far away names are written larger, as long as there is room for them between the nodes. */
export function sizeLabels(cy: Core): void {
  cy.nodes().toggleClass('far', cy.zoom() < farZoom && cy.nodes().length < denseFrom)
}

/** Places nodes that just came, next to what they are tied to, and leaves every other node where it is. */
export function place(cy: Core, fresh: ReadonlySet<string>): void {
  const known = cy
    .nodes()
    .toArray()
    .filter((node) => !fresh.has(node.id()))
  cy.nodes()
    .filter((node) => fresh.has(node.id()))
    .forEach((node, index) => {
      const neighbour = known.find((other) => other.edgesWith(node).nonempty())
      const origin = neighbour?.position() ?? { x: 0, y: 0 }
      const angle = index * 2.4 // golden angle: successive newcomers of one node don't overlap
      node.position({ x: origin.x + 110 * Math.cos(angle), y: origin.y + 110 * Math.sin(angle) })
    })
  const options = {
    name: 'fcose',
    randomize: false,
    fit: false,
    animate: !still(),
    animationDuration: 250,
    nodeDimensionsIncludeLabels: true,
    idealEdgeLength: 105,
    fixedNodeConstraint: known.map((node) => ({ nodeId: node.id(), position: { ...node.position() } })),
  }
  cy.layout(options as LayoutOptions).run() // as above
}
