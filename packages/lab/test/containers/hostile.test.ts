import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLab, podObject } from './lab-pod.ts'

// Everything a container runs may be an attacker's. Whatever it is, it must end, and cost little.
let lab: ReturnType<typeof createLab>
beforeEach(async () => {
  lab = createLab({ limits: { sessionMs: 8000 } })
  lab.network.pod('uid-pod', '10.0.0.9', 'pod')
  await lab.runtime.startPod(podObject('pod', 'debian:12', { command: ['sleep', 'infinity'] }))
})
afterEach(() => lab.runtime.close())

const isLimited = /lab limit reached|fork: Resource temporarily unavailable/

describe('hostile commands', () => {
  it.each([
    ['an endless loop', 'while :; do :; done'],
    ['a fork bomb', ':(){ :|:& };:; wait; while :; do :; done'],
    ['recursion', 'f() { f; }; f'],
    ['recursive processes', "echo 'sh /tmp/r' > /tmp/r; sh /tmp/r"],
    ['a value that doubles', 'x=aaaaaaaa; while :; do x=$x$x; done'],
    ['output without end', 'yes'],
    ['output of a generator', 'cat /dev/zero | cat'],
    ['a file without end', 'yes > /tmp/big; while :; do :; done'],
    ['many small files', 'i=0; while :; do i=$((i+1)); echo x > /tmp/$i; done'],
    ['brace expansion', 'echo {1..9999}{1..9999}'],
    ['a process storm', 'while :; do /bin/true & done'],
    ['deep nesting', `${'('.repeat(5000)}true${')'.repeat(5000)}`],
    ['a long and-or list', `${'true && '.repeat(60_000)}while :; do :; done`],
  ])('%s ends with an error', async (_, script) => {
    const { exitCode, stdout, stderr } = await lab.exec('pod', ['bash', '-c', script])
    // In a pipeline the first command may meet the limit and the last one its end of input.
    expect(exitCode !== 0 || isLimited.test(stderr), `exit ${exitCode}: ${stderr.slice(-200)}`).toBe(true)
    expect(stdout.length + stderr.length).toBeLessThan(20_000_000)
    expect(await lab.exec('pod', ['echo', 'alive'])).toMatchObject({ exitCode: 0, stdout: 'alive\n' })
  })

  it('gives up on substitutions nested too deep', async () => {
    const script = `echo "[${'$(echo '.repeat(3000)}x${')'.repeat(3000)}]"`
    expect(await lab.exec('pod', ['bash', '-c', script])).toMatchObject({
      stdout: '[]\n',
      stderr: expect.stringMatching(isLimited),
    })
  })

  it('says which limit ended a command', async () => {
    expect((await lab.exec('pod', ['bash', '-c', 'while :; do :; done'])).stderr).toMatch(isLimited)
    expect((await lab.exec('pod', ['bash', '-c', 'yes > /tmp/big'])).stderr).toMatch(/lab limit reached|No space left/)
  })

  it.each([
    ['an open quote', `echo 'abc`],
    ['an open substitution', 'echo $(ls'],
    ['an open brace', 'echo ${x'],
    ['a stray word', 'fi'],
    ['a bare pipe', '| cat'],
    ['binary bytes', '\x00\x01\xff\xfe\x80'],
    ['an odd arithmetic', 'echo $((1 +* 2))'],
  ])('%s is a clear error', async (_, script) => {
    const { exitCode, stderr } = await lab.exec('pod', ['bash', '-c', script])
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(/^bash: .+\n/)
    expect((await lab.exec('pod', ['bash'], `${script}\n`)).exitCode).not.toBe(0)
  })

  it('cuts backtracking patterns short', async () => {
    const text = `${'a'.repeat(40)}!`
    const patterns = [
      ['grep', '-E', '^(a+)+$'],
      ['sed', '-E', 's/^(a|a)*$/x/'],
      ['grep', '-P', '(.*a){25}b'],
      ['grep', '-E', `${'a?'.repeat(40)}${'a'.repeat(41)}`],
    ]
    for (const command of patterns) {
      const started = performance.now()
      const { stderr, exitCode } = await lab.exec('pod', command, `${text}\n`)
      expect(exitCode === 1 || stderr.includes('backtracking')).toBe(true)
      expect(performance.now() - started).toBeLessThan(5000) // an uncut one takes hours
    }
  })

  it('ends a command whose client hangs up', async () => {
    const abort = new AbortController()
    const target = { namespace: 'demo', pod: 'pod', podUid: 'uid-pod', container: 'main' }
    const io = { stdout: () => {}, stderr: () => {}, tty: false, signal: abort.signal }
    const running = lab.runtime.exec(target, ['sh', '-c', 'sleep 1000 | cat'], io)
    setTimeout(() => abort.abort(), 20)
    expect((await running).exitCode).toBe(129)
    expect((await lab.exec('pod', ['ps'])).stdout).not.toContain('cat')
  })

  it('keeps users out of what is not theirs', async () => {
    lab.network.pod('uid-web', '10.0.0.10', 'web')
    await lab.runtime.startPod(
      podObject('web', 'demo/victim', { securityContext: { runAsUser: 999 }, command: ['sleep', '1000'] }),
    )
    const script =
      'touch /etc/ld.so.preload; cat /etc/shadow; ls /root; echo x > /usr/bin/curl; rm /etc/passwd; kill -9 1; echo ok > /tmp/mine && cat /tmp/mine'
    const { stdout, stderr } = await lab.exec('web', ['bash', '-c', script])
    expect(stdout).toBe('')
    expect(stderr.match(/Permission denied/g)).toHaveLength(5)
  })
})
