#!/usr/bin/env node
// Plain JavaScript that old versions of Node can read too: they hand over to the Node that comes with Trackyard.
import { spawn } from 'node:child_process'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const NEEDED_MAJOR = 24
const entry = fileURLToPath(import.meta.url)

if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) {
  // Compiled sources are kept between starts; everything else is imported after this, or it would not be.
  module.enableCompileCache()
  const { runMain } = await import('../src/main.ts')
  await runMain(process.argv.slice(2), entry)
} else handOver(packagedNode())

/** @param {string | null} node */
function handOver(node) {
  if (node === null) {
    refuse('The package that brings it is missing: run npm ci.')
    return
  }
  const child = spawn(node, [entry, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal signals the whole group, a service manager this process only; the child acts once on either.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.once('error', (error) => refuse(`The packaged one cannot be started (${error.message}): run npm ci.`))
  child.once('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 1
  })
}

/** @param {string} cure */
function refuse(cure) {
  process.stderr.write(`trackyard: needs Node ${NEEDED_MAJOR} or newer; this is ${process.versions.node}. ${cure}\n`)
  process.exitCode = 1
}

function packagedNode() {
  try {
    return module.createRequire(import.meta.url).resolve('node/bin/node')
  } catch {
    return null
  }
}
