import { attackerImage, victimImage } from './simulation-images.ts'
import { alpine, debian, distroless, mariner, on, unknownImage } from './base-layers.ts'
import type { ImageSpec } from './image-spec.ts'

const nginxAccount = { name: 'nginx', uid: 101, gid: 101, home: '/var/cache/nginx' }

const nginx = on(debian, {
  accounts: [nginxAccount],
  executables: { '/usr/sbin/nginx': 'nginx', '/usr/bin/curl': 'curl' },
  files: {
    '/etc/nginx/nginx.conf': 'user nginx;\nworker_processes auto;\nhttp { include /etc/nginx/conf.d/*.conf; }\n',
    '/etc/nginx/conf.d/default.conf': 'server {\n  listen 80;\n  root /usr/share/nginx/html;\n}\n',
    '/usr/share/nginx/html/index.html': '<!doctype html><title>Shop</title><h1>Welcome</h1>\n',
  },
  entrypoint: ['nginx'],
  command: ['-g', 'daemon off;'],
})

/** The shop's front: nginx and php-fpm in one container, a page of its own and no web shell. */
const webShop = on(mariner, {
  accounts: [{ name: 'nginx', uid: 999, gid: 999, home: '/var/lib/nginx' }],
  executables: { '/usr/sbin/nginx': 'nginx', '/usr/sbin/php-fpm': 'php-fpm' },
  directories: { '/var/www/html': { owner: 'nginx' } },
  files: {
    '/etc/nginx/nginx.conf': 'user nginx;\nhttp { server { listen 80; root /var/www/html; } }\n',
    '/etc/php-fpm.d/web.conf': '[web]\nuser = nginx\ngroup = nginx\nlisten = /run/php-fpm/www.sock\n',
    '/var/www/html/index.html': { content: '<!doctype html><title>Shop</title><h1>Shop</h1>\n', owner: 'nginx' },
    '/var/www/html/index.php': {
      content: '<!doctype html><title>Shop</title><?php include "shop.php"; ?>\n',
      owner: 'nginx',
    },
  },
  entrypoint: ['sh', '-c', "php-fpm && nginx -g 'daemon off;'"],
})

const node = on(debian, {
  accounts: [{ name: 'node', uid: 1000, gid: 1000, home: '/home/node' }],
  executables: { '/usr/local/bin/node': 'node', '/usr/local/bin/npm': 'npm', '/usr/bin/curl': 'curl' },
  files: {
    '/app/server.js': "require('./app').listen(process.env.PORT)\n",
    '/app/package.json': '{"name":"api","main":"server.js"}\n',
  },
  entrypoint: ['node'],
  command: ['server.js'],
  user: 'node',
  workingDir: '/app',
})

const pythonWorker = on(debian, {
  accounts: [{ name: 'app', uid: 1000, gid: 1000, home: '/app' }],
  executables: {
    '/usr/local/bin/python3': 'python3',
    '/usr/local/bin/pip3': 'pip3',
    '/usr/local/bin/worker': 'python-app',
    '/usr/bin/curl': 'curl',
  },
  files: { '/app/worker.py': 'from app import run\nrun()\n' },
  command: ['worker'],
  user: 'app',
  workingDir: '/app',
})

const redis = on(debian, {
  accounts: [{ name: 'redis', uid: 999, gid: 999, home: '/data' }],
  executables: { '/usr/local/bin/redis-server': 'redis-server' },
  directories: { '/data': { owner: 'redis' } },
  command: ['redis-server'],
  user: 'redis',
  workingDir: '/data',
})

const postgres = on(debian, {
  accounts: [{ name: 'postgres', uid: 999, gid: 999, home: '/var/lib/postgresql' }],
  executables: { '/usr/lib/postgresql/16/bin/postgres': 'postgres' },
  directories: { '/var/lib/postgresql/data': { owner: 'postgres', mode: 0o700 } },
  env: {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/16/bin',
    PGDATA: '/var/lib/postgresql/data',
  },
  command: ['postgres'],
  user: 'postgres',
})

const mysql = on(debian, {
  executables: { '/usr/sbin/mysqld': 'mysqld' },
  accounts: [{ name: 'mysql', uid: 999, gid: 999, home: '/var/lib/mysql' }],
  command: ['mysqld'],
  user: 'mysql',
})

const java = on(debian, {
  accounts: [{ name: 'app', uid: 1000, gid: 1000, home: '/app' }],
  executables: { '/opt/java/openjdk/bin/java': 'java', '/usr/bin/curl': 'curl' },
  env: {
    PATH: '/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    JAVA_HOME: '/opt/java/openjdk',
  },
  files: { '/app/app.jar': 'PK\x03\x04' },
  command: ['java', '-jar', '/app/app.jar'],
  user: 'app',
  workingDir: '/app',
})

const tools = on(debian, {
  executables: Object.fromEntries(
    [
      'curl',
      'wget',
      'nc',
      'nmap',
      'dig',
      'nslookup',
      'ping',
      'ssh',
      'telnet',
      'ps',
      'ss',
      'netstat',
      'python3',
      'openssl',
      'kubectl',
    ].map((name) => [`/usr/bin/${name}`, name]),
  ),
  command: ['sleep', 'infinity'],
})

const curlImage = on(alpine, { executables: { '/usr/bin/curl': 'curl' }, command: ['sleep', 'infinity'] })
const python = on(debian, {
  executables: { '/usr/local/bin/python3': 'python3', '/usr/local/bin/pip3': 'pip3' },
  command: ['python3'],
})
const kubectlImage = on(alpine, {
  executables: { '/usr/local/bin/kubectl': 'kubectl', '/usr/bin/curl': 'curl' },
  command: ['sleep', 'infinity'],
})

/** A system component without a shell, as such images are. */
function agent(program: string, layer: ImageSpec = distroless, path = `/usr/bin/${program}`): ImageSpec {
  return on(layer, { executables: { [path]: program }, entrypoint: [path], user: 'root' })
}

/** First match wins: the last part of the repository, or the end of it. */
const catalogue: [RegExp, ImageSpec][] = [
  [/(^|\/)(attacker|simulation-attacker)$/, attackerImage],
  [/(^|\/)(victim|simulation-victim)$/, victimImage],
  [/(^|\/)(web-shop|shop-web|storefront|php-fpm|php|wordpress)$/, webShop],
  [/(^|\/)(nginx|nginx-unprivileged|frontend|web|front)$/, nginx],
  [/(^|\/)(node|api|shop-api|checkout|orders|cart|catalog|catalogue|gateway|express|backend)$/, node],
  [/(^|\/)(worker|mailer|python-worker|billing|reports?)$/, pythonWorker],
  [/(^|\/)python$/, python],
  [/(^|\/)(redis|valkey)$/, redis],
  [/(^|\/)(postgres|postgresql)$/, postgres],
  [/(^|\/)(mysql|mariadb)$/, mysql],
  [/(^|\/)(java|openjdk|eclipse-temurin|payments?|ledger|inventory|spring-app)$/, java],
  [/(^|\/)curl$/, curlImage],
  [/(^|\/)kubectl$/, kubectlImage],
  [/(^|\/)(netshoot|tools|toolbox|debug|jumpbox|kali)$/, tools],
  [/(^|\/)(debian|ubuntu|debian-slim|buildpack-deps)$/, debian],
  [/(^|\/)(alpine|busybox)$/, alpine],
  [/(^|\/)(core|base\/core|mariner|azurelinux)$/, mariner],
  [/(^|\/)pause$/, agent('pause', distroless, '/pause')],
  [/(^|\/)cilium-operator(-generic)?$|(^|\/)operator-generic$/, agent('cilium-operator')],
  [/(^|\/)cilium$/, agent('cilium-agent', on(debian, { executables: { '/usr/bin/cilium': 'daemon' } }))],
  [/(^|\/)(amazon-k8s-cni|aws-node)$/, agent('aws-k8s-agent', distroless, '/app/aws-k8s-agent')],
  [/(^|\/)aws-network-policy-agent$/, agent('aws-network-policy-agent', distroless, '/controller')],
  [/(^|\/)anetd$/, agent('anetd', debian)],
  [/(^|\/)(flannel|flanneld)$/, agent('flanneld', alpine, '/opt/bin/flanneld')],
  [/(^|\/)(calico\/node|calico-node)$/, agent('calico-node', alpine)],
  [/(^|\/)(mirrored-coredns-)?coredns$/, agent('coredns', distroless, '/coredns')],
  [/(^|\/)k8s-dns-kube-dns$/, agent('coredns', distroless, '/kube-dns')],
  [/(^|\/)kube-proxy$/, agent('kube-proxy', distroless, '/usr/local/bin/kube-proxy')],
  [/(^|\/)node-exporter$/, agent('node_exporter', alpine, '/bin/node_exporter')],
  [/(^|\/)prometheus$/, agent('prometheus', alpine, '/bin/prometheus')],
  [/(^|\/)metrics-server$/, agent('metrics-server', distroless, '/metrics-server')],
  [/(^|\/)grafana$/, agent('go-app', alpine, '/usr/share/grafana/bin/grafana')],
  [/(^|\/)fluent-bit$/, agent('daemon', distroless, '/fluent-bit/bin/fluent-bit')],
  [/ingress-nginx\/controller$/, agent('go-app', nginx, '/nginx-ingress-controller')],
  [/(^|\/)(falco|falco-no-driver)$/, agent('falco', debian)],
  [/(^|\/)tetragon$/, agent('tetragon', alpine)],
  [/(^|\/)(static|distroless)(\/|$)/, agent('daemon', distroless, '/app')],
]

export interface ImageReference {
  repository: string
  tag: string
  digest: string
}

/** Parts of an image reference. The digest is made up from the name when none is given, as the lab pulls nothing. */
export function parseImage(reference: string, digestOf: (text: string) => string): ImageReference {
  const [name = '', digest] = reference.split('@')
  const colon = name.lastIndexOf(':')
  const hasTag = colon > name.lastIndexOf('/')
  const repository = hasTag ? name.slice(0, colon) : name
  return {
    repository,
    tag: hasTag ? name.slice(colon + 1) : digest === undefined ? 'latest' : '',
    digest: digest ?? `sha256:${digestOf(name)}`,
  }
}

/** The image of that repository; unknown ones are a sleeping busybox. Undefined when the reference is malformed. */
export function findImage(repository: string): ImageSpec | undefined {
  if (!/^[a-z0-9]([a-z0-9._/:-]*[a-z0-9])?$/.test(repository) || repository.length > 255) return undefined
  return catalogue.find(([pattern]) => pattern.test(repository))?.[1] ?? unknownImage
}
