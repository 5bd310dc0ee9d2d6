import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLab, podObject } from './lab-pod.ts'

const lab = createLab()
beforeAll(async () => {
  for (const [name, image] of [
    ['deb', 'debian:12'],
    ['alp', 'alpine:3.20'],
  ] as const) {
    lab.network.pod(`uid-${name}`, name === 'deb' ? '10.0.0.5' : '10.0.0.6', name)
    await lab.runtime.startPod(
      podObject(name, image, { command: ['sleep', 'infinity'], env: [{ name: 'GREETING', value: 'hello' }] }),
    )
  }
})
afterAll(() => lab.runtime.close())

/** Script, expected standard output, expected status (0 when left out). Results were taken from bash 5.2. */
const cases: [string, string, number?][] = [
  // quoting
  [`echo 'a b'  "c  d" e\\ f`, 'a b c  d e f\n'],
  [`echo "a'b" 'c"d'`, `a'b c"d\n`],
  [`x=1; echo '$x' "$x" \\$x`, '$x 1 $x\n'],
  [`echo $'a\\tb\\x41'`, 'a\tbA\n'],
  [`echo ""; echo "" a`, '\n a\n'],
  [`printf '[%s]' "a b" c ''; echo`, '[a b][c][]\n'],
  [`echo a\\\nb`, 'ab\n'],
  [`echo "tab\\tno $(echo "in ner")"`, 'tab\\tno in ner\n'],
  [`echo a#b # comment`, 'a#b\n'],
  // variables
  [`a=1 b=2; echo $a$b \${a}b`, '12 1b\n'],
  [`echo \${u:-def} \${u-d} "[\${u}]"`, 'def d []\n'],
  [`echo \${u:=set}; echo $u`, 'set\nset\n'],
  [`x=abc; echo \${#x} \${x:1} \${x:0:2} \${x: -1}`, '3 bc ab c\n'],
  [`f=/a/b.tar.gz; echo \${f##*/} \${f#*/} \${f%.*} \${f%%.*}`, 'b.tar.gz a/b.tar.gz /a/b.tar /a/b\n'],
  [`x=aXbXc; echo \${x/X/-} \${x//X/-} \${x^^}`, 'a-bXc a-b-c AXBXC\n'],
  [`echo $GREETING $HOSTNAME`, 'hello deb\n'],
  [`x='a  b'; echo $x "$x"`, 'a b a  b\n'],
  [`IFS=:; x=a:b:c; for i in $x; do echo -n "$i,"; done; echo`, 'a,b,c,\n'],
  [`set -- a "b c" d; echo $# "$2" "$@"; shift; echo $1`, '3 b c a b c d\nb c\n'],
  [`set -- a "b c"; for i in "$@"; do echo "<$i>"; done`, '<a>\n<b c>\n'],
  [`X=5 env | grep ^X=; echo "[$X]"`, 'X=5\n[]\n'],
  [`export Y=7; sh -c 'echo $Y'; Z=8; sh -c 'echo "[$Z]"'`, '7\n[]\n'],
  [`unset HOME; echo "[$HOME]"`, '[]\n'],
  [`x+=a; x+=b; echo $x`, 'ab\n'],
  [`\${u?gone}; echo no`, '', 127],
  [`set -u; echo $nope; echo no`, '', 127],
  // substitution and arithmetic
  [`echo $(echo a; echo b)`, 'a b\n'],
  ['echo `echo x \\`echo y\\``', 'x y\n'],
  [`x=$(printf 'a\\n\\n'); echo "[$x]"`, '[a]\n'],
  [`x=$(false); echo $?`, '1\n'],
  [`echo $((1+2*3)) $(( (1+2)*3 )) $((7/2)) $((7%3)) $((2**10))`, '7 9 3 1 1024\n'],
  [`i=3; echo $((i++)) $i $((++i)) $((i>4?1:0))`, '3 4 5 1\n'],
  [`((x=5, x>3)) && echo yes; ((0)) || echo no`, 'yes\nno\n'],
  [`echo $((1/0)); echo after`, '', 1],
  [`echo $((0x10 + 010)) $((-5 / 2)) $((!0)) $((5 & 6 | 8))`, '24 -2 1 12\n'],
  // lists and pipes
  [`true && echo a || echo b; false && echo a || echo b`, 'a\nb\n'],
  [`echo a | cat | tr a b`, 'b\n'],
  [`! true; echo $?; ! false; echo $?`, '1\n0\n'],
  [`false | true; echo $?; set -o pipefail; false | true; echo $?`, '0\n1\n'],
  [`(cd /tmp; pwd); pwd`, '/tmp\n/\n'],
  [`{ echo a; echo b; } | wc -l`, '2\n'],
  [`x=1; (x=2); echo $x; { x=3; }; echo $x`, '1\n3\n'],
  [`echo a | while read x; do y=$x; done; echo "[$y]"`, '[]\n'],
  [`sleep 0.01 & wait; echo done`, 'done\n'],
  [`yes | head -2`, 'y\ny\n'],
  // redirections
  [`echo a > /tmp/f; echo b >> /tmp/f; cat < /tmp/f`, 'a\nb\n'],
  [`ls /nope 2>/dev/null; echo $?`, '2\n'],
  [`{ echo out; echo err >&2; } 2>&1 | sort`, 'err\nout\n'],
  [`echo x 2>&1 >/dev/null`, ''],
  [`echo a &> /tmp/g; cat /tmp/g`, 'a\n'],
  [`cat <<E\n$GREETING $((1+1))\nE`, 'hello 2\n'],
  [`cat <<'E'\n$GREETING\nE`, '$GREETING\n'],
  [`cat <<-E\n\tin\n\tE`, 'in\n'],
  [`tr a-z A-Z <<< "abc"`, 'ABC\n'],
  [`echo x > /nodir/f; echo $?`, '1\n'],
  [`exec 3>/tmp/h; echo three >&3; exec 3>&-; cat /tmp/h`, 'three\n'],
  [`while read a b; do echo "$b-$a"; done <<< $'1 2 3\\n4 5'`, '2 3-1\n5-4\n'],
  // compound commands
  [`if false; then echo 1; elif true; then echo 2; else echo 3; fi`, '2\n'],
  [`for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done`, '1\n3\n'],
  [`i=0; while [ $i -lt 3 ]; do i=$((i+1)); [ $i = 2 ] && break; done; echo $i`, '2\n'],
  [`until false; do echo once; break; done`, 'once\n'],
  [`case foo.txt in *.sh) echo s;; *.txt|*.md) echo t;; *) echo o;; esac`, 't\n'],
  [`case "a b" in "a b") echo q;; esac`, 'q\n'],
  [`f() { echo "$1-$#"; return 3; }; f x y; echo $?`, 'x-2\n3\n'],
  [`f() { local v=in; echo $v; }; v=out; f; echo $v`, 'in\nout\n'],
  [`for i in {1..3} {a,b}; do echo -n $i; done; echo`, '123ab\n'],
  [`[[ abc == a* && 5 -gt 3 ]] && echo y; [[ abc =~ ^a.c$ ]] && echo r`, 'y\nr\n'],
  [`[ -f /etc/passwd ] && [ -d /tmp ] && [ ! -e /nope ] && [ -n x ] && [ -z "" ] && echo ok`, 'ok\n'],
  [`test 3 -gt 2 -a a != b; echo $?`, '0\n'],
  [`eval 'x=1; echo $x'; . /dev/null; echo end`, '1\nend\n'],
  [`trap 'echo bye' EXIT; echo hi`, 'hi\nbye\n'],
  [`set -e; false; echo no`, '', 1],
  [`set -e; if false; then :; fi; false || true; echo yes`, 'yes\n'],
  [`exit 42`, '', 42],
  // names and files
  [`cd /etc; echo host*; echo nope*`, 'hostname hosts\nnope*\n'],
  [`cd /tmp; touch g1 g2; rm -f g?; ls g? 2>/dev/null; echo $?`, '2\n'],
  [`echo '#!/bin/sh\necho "script $1"' > /tmp/s; chmod +x /tmp/s; /tmp/s arg`, 'script arg\n'],
  [`echo 'echo plain $1' > /tmp/p; chmod +x /tmp/p; /tmp/p arg; bash /tmp/p two`, 'plain arg\nplain two\n'],
  [`nosuchthing; echo $?`, '127\n'],
  [`/etc/passwd; echo $?`, '126\n'],
  [`echo 'echo fed' | bash; echo 'exit 5' | sh; echo $?`, 'fed\n5\n'],
  // programs
  [`printf 'b\\na\\nb\\n' | sort | uniq -c | awk '{print $2 ":" $1}'`, 'a:1\nb:2\n'],
  [`echo a,b,c | cut -d, -f2; echo abc | cut -c1-2`, 'b\nab\n'],
  [
    `printf 'one\\ntwo\\n' | sed -n '2p'; echo aXb | sed 's/X/-/;s/b/c/'; echo 12 | sed -E 's/([0-9])([0-9])/\\2\\1/'`,
    'two\na-c\n21\n',
  ],
  [`printf 'k: v\\n<!--\\nx\\n-->\\nend\\n' | sed '/<!--/,/-->/d'`, 'k: v\nend\n'],
  [`echo '{"a": "b1"}' | grep -Po '"a": *"\\K[^"]+'; echo xay | grep -o a; echo q | grep -c z`, 'b1\na\n0\n', 1],
  [`echo hello | base64; echo aGVsbG8K | base64 -d`, 'aGVsbG8K\nhello\n'],
  [
    `find /etc -name 'host*' -type f | sort; find / -path '*/passwd' 2>/dev/null`,
    '/etc/hostname\n/etc/hosts\n/etc/passwd\n/usr/bin/passwd\n',
  ],
  [`echo 1 2 3 | xargs -n1 echo n; seq 2 | xargs -I{} echo "<{}>"`, 'n 1\nn 2\nn 3\n<1>\n<2>\n'],
  [
    `mkdir -p /tmp/d/e; echo x > /tmp/d/e/f; cp -r /tmp/d /tmp/d2; mv /tmp/d2/e/f /tmp/d2/g; cat /tmp/d2/g; rm -r /tmp/d /tmp/d2; ls /tmp/d 2>&1`,
    "x\nls: cannot access '/tmp/d': No such file or directory\n",
    2,
  ],
  [`echo abc > /tmp/m; chmod 000 /tmp/m; stat /tmp/m | grep -o '0000/[r-]*'; rm /tmp/m`, '0000/----------\n'],
  [`type cd; command -v ls; id -un; whoami`, 'cd is a shell builtin\n/usr/bin/ls\nroot\nroot\n'],
  [`echo café | wc -c; echo über`, '6\nüber\n'],
]

describe('shell', () => {
  it.each(cases)('%s', async (script, stdout, status = 0) => {
    const result = await lab.exec('deb', ['bash', '-c', script])
    expect({ stdout: result.stdout, status: result.exitCode }).toEqual({ stdout, status })
  })

  it('reads commands from standard input as they come and leaves the rest to them', async () => {
    const result = await lab.exec(
      'deb',
      ['sh'],
      'echo one\nif true; then\necho two\nfi\nread x\nvalue of x\necho "[$x]"\n',
    )
    expect(result).toMatchObject({ exitCode: 0 })
    expect(result.stdout.startsWith('one\ntwo\n')).toBe(true)
  })

  it('answers on a terminal with a prompt and echoes what is typed', async () => {
    const result = await lab.exec('alp', ['sh'], 'whoamx\x7fi\rexit 3\r', true)
    expect(result).toMatchObject({ exitCode: 3, stdout: '/ # whoamx\b \bi\r\nexit 3\r\nroot\r\n/ # ' })
  })

  it('shows each shell its own messages', async () => {
    expect((await lab.exec('deb', ['bash', '-c', 'nope'])).stderr).toBe('bash: line 1: nope: command not found\n')
    expect((await lab.exec('deb', ['sh', '-c', 'nope'])).stderr).toBe('sh: 1: nope: not found\n')
    expect((await lab.exec('alp', ['sh', '-c', 'nope'])).stderr).toBe('sh: nope: not found\n')
    expect(await lab.exec('alp', ['bash'])).toMatchObject({
      exitCode: 127,
      startError: 'exec: "bash": executable file not found in $PATH',
    })
  })
})
