/** An alert of the usual catalogues that neither audit nor process events can carry. */
export interface OutOfReach {
  title: string
  /** What would have to be sent: “needs: …”. */
  needs: string
  /** What the rules see of it all the same. */
  instead: string
}

/** Said aloud, so that nobody takes the absence of such an alert for the absence of such an attack. */
export const outOfReach: readonly OutOfReach[] = [
  {
    title: 'Abnormal activity of managed identity associated with Kubernetes',
    needs: 'the activity log of the cloud (Azure Resource Manager, CloudTrail)',
    instead: 'The theft of an identity’s token inside the cluster: metadata service and token files',
  },
  {
    title: 'Blocked binary drift executing in the container',
    needs: 'a sensor that blocks programs which aren’t part of the image, and reports it',
    instead: 'The drifted binary that runs',
  },
  {
    title: 'Communication with test domain identified by threat intelligence',
    needs: 'DNS events, for programs that resolve names themselves',
    instead: 'The test domain on a command line',
  },
  {
    title: 'Digital currency mining activity (DNS)',
    needs: 'DNS events',
    instead: 'Pools on a command line, and connections that a sensor reports with the pool’s name',
  },
  {
    title: 'Kubernetes malware execution detected',
    needs: 'a verdict on the contents of files (hashes with a reputation, or a scanner)',
    instead: 'Drift, known names and places, and what the program does then',
  },
  {
    title: 'Kubernetes malware execution blocked',
    needs: 'a scanner that blocks, and reports it',
    instead: 'The alert of such a sensor is passed on under its own words',
  },
]
