/** The least a redirecting server in Node does: parse eight parameters, make an id, answer 302 with a cookie. */
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  const url = request.url ?? '/'
  const params = new URLSearchParams(url.slice(url.indexOf('?') + 1))
  const id = Date.now().toString(36) + Math.floor(Math.random() * 36 ** 9).toString(36)
  const destination = `https://offers.example/land?click=${id}&k=${encodeURIComponent(params.get('keyword') ?? '')}`
  response.writeHead(302, {
    Location: destination,
    'Set-Cookie': `_subid=${id}; Path=/; Max-Age=86400; SameSite=Lax`,
    'Content-Length': 0,
  })
  response.end()
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' && address !== null ? address.port : 0 })
})
process.once('disconnect', () => process.exit(0))
