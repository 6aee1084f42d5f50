import { execFileSync, fork, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** A server to compare with, in one process. */
export interface Baseline {
  readonly port: number
  readonly pid: number
  stop(): void
}

const listening = z.object({ port: z.number() })

/** node:http with the least handler. */
export function startBareServer(): Promise<Baseline> {
  const child = fork(fileURLToPath(new URL('./bare-server.ts', import.meta.url)), { execArgv: [] })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('message', (message) =>
      resolve({ port: listening.parse(message).port, pid: child.pid ?? 0, stop: () => child.disconnect() }),
    )
  })
}

/** nginx with `return 302` in a single process; null when it is not installed. */
export async function startNginx(): Promise<Baseline | null> {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' })
  } catch {
    return null
  }
  const dir = mkdtempSync(join(tmpdir(), 'trackyard-nginx-'))
  const port = await freePort()
  const config = join(dir, 'nginx.conf')
  writeFileSync(config, nginxConfig(dir, port))
  const child = spawn('nginx', ['-p', dir, '-c', config, '-e', join(dir, 'error.log')], { stdio: 'ignore' })
  await sleep(300)
  if (child.exitCode !== null) return null
  return {
    port,
    pid: child.pid ?? 0,
    stop() {
      child.kill()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

const nginxConfig = (dir: string, port: number): string => `
daemon off;
master_process off;
pid ${dir}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy; fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi; scgi_temp_path ${dir}/scgi;
  keepalive_requests 100000000;
  server {
    listen 127.0.0.1:${port};
    location / { add_header Set-Cookie "_subid=$request_id; Path=/"; return 302 https://offers.example/land?click=$request_id&k=$arg_keyword; }
  }
}
`

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}
