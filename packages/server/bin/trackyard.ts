#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Compiled sources are kept between starts; everything else is imported after this, or it would not be.
enableCompileCache()
const { runMain } = await import('../src/main.ts')
await runMain(process.argv.slice(2), fileURLToPath(import.meta.url))
