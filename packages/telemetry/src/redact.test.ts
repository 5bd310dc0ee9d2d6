import { expect, test } from 'vitest'
import { redactArguments, redactCommandLine, redactUri } from './redact.ts'

const jwt = 'eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJlLXBhcnQ'
const R = '[redacted]'

// [command line, what is stored]
const secrets: [string, string][] = [
  [
    `curl -H "Authorization: Bearer ${jwt}" https://10.0.0.1/api`,
    `curl -H "Authorization: Bearer ${R}" https://10.0.0.1/api`,
  ],
  [`curl -H 'authorization: Basic dXNlcjpwYXNz' x`, `curl -H 'authorization: Basic ${R}' x`],
  [`kubectl --token=${jwt} get secrets`, `kubectl --token=${R} get secrets`],
  [`kubectl --token ${jwt} get secrets`, `kubectl --token ${R} get secrets`],
  [`echo ${jwt}`, `echo ${R}`],
  ['mysql -uroot -phunter2 shop', `mysql -uroot -p${R} shop`],
  ['mysqldump -h db -u root -p"x" --all-databases', `mysqldump -h db -u root -p${R} --all-databases`],
  ['mysql --password=hunter2 -e "select 1"', `mysql --password=${R} -e "select 1"`],
  ['app --password hunter2 --verbose', `app --password ${R} --verbose`],
  ['app --db-password "two words" --verbose', `app --db-password ${R} --verbose`],
  ['PGPASSWORD=hunter2 psql -h db', `PGPASSWORD=${R} psql -h db`],
  ['sh -c "export DB_PASSWORD=hunter2; run"', `sh -c "export DB_PASSWORD=${R}; run"`],
  ['export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', `export AWS_SECRET_ACCESS_KEY=${R}`],
  ['aws configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE', `aws configure set aws_access_key_id AKIA${R}`],
  ['git clone https://bob:hunter2@git.example/x.git', `git clone https://bob:${R}@git.example/x.git`],
  ['psql postgres://app:p%40ss@db:5432/shop', `psql postgres://app:${R}@db:5432/shop`],
  ['git clone https://ghp_0123456789abcdefghij0123456789abcdef@github.com/x', `git clone https://${R}@github.com/x`],
  ['sshpass -p hunter2 ssh root@10.0.0.1', `sshpass -p ${R} ssh root@10.0.0.1`],
  ['docker login -u bob -p hunter2 registry.example', `docker login -u bob -p ${R} registry.example`],
  ['redis-cli -h r -a hunter2 INFO', `redis-cli -h r -a ${R} INFO`],
  ['curl -u admin:hunter2 http://x/', `curl -u admin:${R} http://x/`],
  ['curl -d {"password":"hunter2","user":"bob"} http://x', `curl -d {"password":${R},"user":"bob"} http://x`],
  [
    String.raw`sh -c "curl -d '{\"token\":\"abc123\"}' http://x"`,
    String.raw`sh -c "curl -d '{\"token\":[redacted]}' http://x"`,
  ],
  ['curl http://x/?access_token=abcdef&user=1', `curl http://x/?access_token=${R}&user=1`],
  ['curl -H "X-Vault-Token: s.1234567" http://vault', `curl -H "X-Vault-Token: ${R}" http://vault`],
  [
    'kubectl create secret generic db --from-literal=user=bob',
    `kubectl create secret generic db --from-literal=user=${R}`,
  ],
  ['openssl enc -aes-256-cbc -pass pass:hunter2', `openssl enc -aes-256-cbc -pass ${R}`],
  ['echo "root:hunter2" | chpasswd', `echo "root:${R}" | chpasswd`],
  [
    'sh -c "echo -----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY----- > k"',
    `sh -c "echo -----BEGIN RSA PRIVATE KEY-----${R} > k"`,
  ],
]

const notSecrets = [
  'cat /var/run/secrets/kubernetes.io/serviceaccount/token',
  'sh -c TOKEN=$(cat /var/run/secrets/kubernetes.io/serviceaccount/token); curl -H "Authorization: Bearer $TOKEN" https://kubernetes.default/api',
  'kubectl get secret db -o jsonpath={.data.password}',
  'kubectl create token default --duration 24h',
  'kubectl get secrets --all-namespaces',
  'grep -ri password /etc',
  'find / -name *password* -o -name id_rsa',
  'cat /etc/passwd /etc/shadow',
  'passwd root',
  'pwd',
  'app --password-file /etc/app/pw --token-file=/run/secrets/t',
  'app --token-ttl=24h --max-tokens=4096 --secret-name=db',
  'docker login --password-stdin',
  'aws secretsmanager get-secret-value --secret-id prod/db',
  'mkdir -p /tmp/.x/y',
  'ssh -p 2222 user@host',
  'mysql -u root -p shop',
  'nginx -g daemon off;',
  'curl -s http://169.254.169.254/latest/meta-data/iam/security-credentials/',
  'curl http://example.com:8080/path@v1',
  './xmrig -o stratum+tcp://pool.example:4444 -u 44AFFq5kSiGBoZ -p x',
  'echo f0VMRgIBAQ== | base64 -d > /tmp/a',
  'keytool -list',
  'token=false secret: null',
]

test.each(secrets)('%s', (line, stored) => {
  expect(redactCommandLine(line)).toBe(stored)
})

test.each(notSecrets)('stays: %s', (line) => {
  expect(redactCommandLine(line)).toBe(line)
})

test('arguments that are apart keep their number', () => {
  expect(redactArguments(['app', '--password', 'hunter 2', '-v'])).toEqual([
    'app',
    '--password',
    expect.stringContaining(R),
    '-v',
  ])
  expect(redactArguments(['sh', '-c', 'echo "open'])).toEqual(['sh', '-c', 'echo "open'])
})

test('exec commands in a request URI are decoded, cleaned and encoded again', () => {
  const uri =
    '/api/v1/namespaces/shop/pods/web-0/exec?command=mysql&command=--password%3Dhunter2&command=-e&command=select+1&container=main&stdout=true'
  expect(redactUri(uri)).toBe(
    '/api/v1/namespaces/shop/pods/web-0/exec?command=mysql&command=--password%3D%5Bredacted%5D&command=-e&command=select+1&container=main&stdout=true',
  )
  const harmless = '/api/v1/pods?labelSelector=app%3Dweb&limit=500'
  expect(redactUri(harmless)).toBe(harmless)
})

test('hostile texts take bounded work: a quadratic pattern would run into the time limit of the test', () => {
  for (const piece of [
    'a',
    'password',
    'token=',
    '"',
    ' -p',
    'eyJ',
    '://',
    'a.',
    '-----BEGIN PRIVATE KEY-----',
    'curl -u ',
    'mysql ',
  ]) {
    expect(redactCommandLine(piece.repeat(1_000_000 / piece.length)).length).toBeLessThanOrEqual(200_000)
  }
})
