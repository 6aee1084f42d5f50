import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { test } from 'node:test'

const hasChrt = process.platform === 'linux' && spawnSync('chrt', ['--version']).status === 0

/** Niceness and scheduling classes of all threads of a process that yielded this way and started one more. */
function yielded(way: string, env = process.env): { niceness: number; classes: string[] } {
  const program = `
    import { readdirSync, readFileSync } from 'node:fs'
    import { getPriority } from 'node:os'
    import { Worker } from 'node:worker_threads'
    import { yieldToVisitors } from ${JSON.stringify(new URL('./yield-to-visitors.ts', import.meta.url).href)}
    yieldToVisitors(${JSON.stringify(way)})
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
    worker.once('online', () => {
      const classes = readdirSync('/proc/self/task').map(
        (thread) => readFileSync('/proc/self/task/' + thread + '/stat', 'utf8').split(') ')[1].split(' ')[38],
      )
      console.log(JSON.stringify({ niceness: getPriority(), classes: [...new Set(classes)] }))
      process.exit(0)
    })`
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', env }))
}

const NORMAL = '0'
const IDLE = '5'

test('every thread of a process that is to be idle makes way', { skip: !hasChrt }, () => {
  assert.deepEqual(yielded('idle').classes, [IDLE])
})

test('one that is to have its share only has a lower priority', { skip: process.platform !== 'linux' }, () => {
  assert.deepEqual(yielded('share'), { niceness: 10, classes: [NORMAL] })
})

test('a system without the tool for it is no reason to stop', { skip: process.platform !== 'linux' }, () => {
  assert.deepEqual(yielded('idle', { PATH: '' }), { niceness: 10, classes: [NORMAL] })
})
