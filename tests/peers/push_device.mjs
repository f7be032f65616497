// A device that pushes, of another maker: the fetch of Node.js. One request a line of its input, one answer a line.
import { createInterface } from 'node:readline'
import { gzipSync } from 'node:zlib'

const [url] = process.argv.slice(2)
for await (const line of createInterface({ input: process.stdin })) {
  const { path, body, headers = {}, gzip = false, method = 'POST' } = JSON.parse(line)
  const sent = { method, headers: { ...headers, ...(gzip ? { 'Content-Encoding': 'gzip' } : {}) } }
  if (method !== 'GET') sent.body = gzip ? gzipSync(body) : body
  try {
    const answer = await fetch(url + path, sent)
    const text = await answer.text()
    console.log(JSON.stringify({ status: answer.status, text, headers: Object.fromEntries(answer.headers) }))
  } catch (error) {
    console.log(JSON.stringify({ status: 0, text: String(error.cause ?? error), headers: {} }))
  }
}
