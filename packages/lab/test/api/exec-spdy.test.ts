import { connect } from 'node:tls'
import { constants, createDeflate } from 'node:zlib'
import { expect, test } from 'vitest'
import { SPDY_DICTIONARY } from '../../src/api/spdy-header-block.ts'
import { listen, startLab } from './lab-server.ts'

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A client as kubectl was before WebSocket: opens its streams, sends input, collects what comes back per stream. */
async function spdyExec(url: URL, ca: string, token: string, input: string) {
  const socket = connect({ host: url.hostname, port: Number(url.port), ca, servername: 'localhost' })
  const deflate = createDeflate({ dictionary: SPDY_DICTIONARY, flush: constants.Z_SYNC_FLUSH })
  const compress = (block: Buffer) =>
    new Promise<Buffer>((resolve) => {
      deflate.once('data', resolve)
      deflate.write(block)
    })
  socket.write(
    `POST ${url.pathname}${url.search} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\nX-Stream-Protocol-Version: v3.channel.k8s.io\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0\r\n\r\n`,
  )
  const streams = ['error', 'stdin', 'stdout', 'stderr']
  const received: Record<string, string> = { error: '', stdin: '', stdout: '', stderr: '' }
  let bytes = Buffer.alloc(0)
  let upgraded = false
  let replies = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, chunk])
    if (!upgraded) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) continue
      const head = bytes.subarray(0, end).toString('utf8')
      if (!head.startsWith('HTTP/1.1 101')) throw new Error(head)
      upgraded = true
      bytes = bytes.subarray(end + 4)
      for (const [at, name] of streams.entries()) {
        const block = await compress(
          Buffer.concat([uint32(1), uint32(10), Buffer.from('streamtype'), uint32(name.length), Buffer.from(name)]),
        )
        const payload = Buffer.concat([uint32(at * 2 + 1), uint32(0), Buffer.from([0, 0]), block])
        socket.write(Buffer.concat([Buffer.from([0x80, 3, 0, 1]), uint32(payload.length), payload]))
      }
      socket.write(Buffer.concat([uint32(3), uint32(0x1000000 + input.length), Buffer.from(input)]))
    }
    while (bytes.length >= 8 && bytes.length >= 8 + bytes.readUIntBE(5, 3)) {
      const length = bytes.readUIntBE(5, 3)
      const first = bytes.readUInt32BE(0)
      if (first >= 0x80000000) replies += Number((first & 0xffff) === 2)
      else received[streams[(first - 1) / 2]!] += bytes.subarray(8, 8 + length).toString('utf8')
      bytes = bytes.subarray(8 + length)
    }
    if (received.error) break
  }
  socket.destroy()
  return { received, replies }
}

test('exec over SPDY carries input, output and status, and is audited as create', async () => {
  const lab = startLab('v1.26.15', {
    staticTokens: new Map([['t', { username: 'old.hand', groups: ['system:masters'] }]]),
  })
  await lab.namespace('shop')
  await lab.runningPod('shop', 'talk')
  const { listener, authority } = await listen(lab)
  const exec = (query: string) =>
    spdyExec(new URL(`${listener.url}/api/v1/namespaces/shop/pods/talk/exec?${query}`), authority.caPem, 't', 'ping\n')
  expect(await exec('command=cat&stdin=true&stdout=true&stderr=true')).toEqual({
    received: { error: '{"metadata":{},"status":"Success"}', stdin: '', stdout: 'ping\n', stderr: '' },
    replies: 4,
  })
  expect(JSON.parse((await exec('command=fail&stdin=true&stdout=true&stderr=true')).received.error!)).toMatchObject({
    reason: 'NonZeroExitCode',
    details: { causes: [{ message: '3' }] },
  })
  expect(lab.events.filter((e) => e.objectRef?.subresource === 'exec').map((e) => [e.verb, e.stage])[0]).toEqual([
    'create',
    'ResponseStarted',
  ])
  await expect(
    spdyExec(new URL(`${listener.url}/api/v1/namespaces/shop/pods/nope/exec?command=id`), authority.caPem, 't', ''),
  ).rejects.toThrow('HTTP/1.1 404 Not Found')
  await listener.close()
})
