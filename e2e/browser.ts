import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const CANDIDATES = [
  process.env.CHROMIUM_PATH ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const executablePath = CANDIDATES.find((path) => path !== '' && existsSync(path))

/** For `skip` of tests that need a browser: false when there is one. */
export const NO_BROWSER: string | false =
  executablePath === undefined ? 'no Chromium is installed; name one in CHROMIUM_PATH' : false

/** Without them Chromium calls home. */
const ALONE = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

/** Starts the Chromium of this machine, without a window. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ ...(executablePath ? { executablePath } : {}), args: ALONE })
