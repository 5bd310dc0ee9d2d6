import { expect, it } from 'vitest'
import { parseRequestLine } from '../src/request-line.ts'

it.each([
  ['/api/v1/pods?watch=true&fieldSelector=metadata.name%3Dx', { dryRun: false, interactive: false }],
  ['/api/v1/pods?dryRun=All', { dryRun: true }],
  ['/api/v1/pods?fieldManager=a&dry%52un=All', { dryRun: true }],
  [
    '/exec?command=sh&command=-c&command=id&container=a&stdin=true',
    { command: 'sh -c id', container: 'a', interactive: true },
  ],
  ['/exec?tty=true', { interactive: true }],
  ['/list?fieldSelector=dryRun%3DAll', { dryRun: false }],
  ['/list?x=%', { path: '/list', dryRun: false }],
])('reads %s', (uri, parts) => expect(parseRequestLine(uri)).toMatchObject(parts))
