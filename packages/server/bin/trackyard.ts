#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { runMain } from '../src/main.ts'

await runMain(process.argv.slice(2), fileURLToPath(import.meta.url))
