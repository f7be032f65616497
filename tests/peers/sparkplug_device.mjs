// An edge node with one device, by npm sparkplug-client: node sparkplug_device.mjs '{"port": 1883, "period": 100}'.
// Words on its input: skip (lose one sequence number), device-death, device-birth, stop (say NDEATH and end), historical.
// It says: ready, birth, command NAME VALUE, did WORD.
import { createInterface } from 'node:readline'
import sparkplug from 'sparkplug-client'

const { port, period = 100, publishDeath = true, aliases = true } = JSON.parse(process.argv[2])
const client = sparkplug.newClient({
  serverUrl: `mqtt://127.0.0.1:${port}`, username: '', password: '', groupId: 'plant', edgeNode: 'line1',
  clientId: 'line1-node', version: 'spBv1.0', publishDeath, mqttOptions: { username: undefined, password: undefined, reconnectPeriod: 300 },
})
let count = 0, quiet = false, deviceAlive = true
const alias = number => aliases ? { alias: number } : {}
const nodeMetrics = () => [
  { name: 'Node Control/Rebirth', type: 'Boolean', value: false, timestamp: Date.now() },
  { name: 'load', type: 'Double', value: 0.5, timestamp: Date.now(), ...alias(1) },
]
const deviceMetrics = () => [
  { name: 'Value', type: 'Int32', value: count, timestamp: Date.now(), ...alias(10) },
  { name: 'Temperature', type: 'Float', value: 21.5, timestamp: Date.now(), ...alias(11),
    properties: { engUnit: { type: 'String', value: '°C' }, Quality: { type: 'Int32', value: 192 } } },
  { name: 'Negative', type: 'Int16', value: -7, timestamp: Date.now(), ...alias(12) },
  { name: 'Running', type: 'Boolean', value: true, timestamp: Date.now(), ...alias(13) },
  { name: 'Words', type: 'String', value: '가동 중', timestamp: Date.now(), ...alias(14) },
  { name: 'Big', type: 'UInt64', value: 4294967296, timestamp: Date.now(), ...alias(15) },
  { name: 'Nothing', type: 'Float', value: null, timestamp: Date.now(), ...alias(16) },
  { name: 'SetPoint', type: 'Double', value: 10, timestamp: Date.now(), ...alias(17) },
]
function birth () {
  client.publishNodeBirth({ timestamp: Date.now(), metrics: nodeMetrics() })
  if (deviceAlive) client.publishDeviceBirth('press', { timestamp: Date.now(), metrics: deviceMetrics() })
  console.log('birth')
}
const changed = value => ({ name: aliases ? '' : 'Value', type: 'Int32', value, timestamp: Date.now(), ...alias(10) })
client.on('birth', birth)
client.on('ncmd', payload => {
  for (const metric of payload.metrics) {
    if (metric.name === 'Node Control/Rebirth' && metric.value) birth()
    else console.log(`command ${metric.name || metric.alias} ${metric.value}`)
  }
})
client.on('dcmd', (_device, payload) => {
  for (const metric of payload.metrics) console.log(`command ${metric.name || metric.alias} ${metric.value}`)
})
client.on('error', () => {})
client.on('connect', () => console.log('ready'))
setInterval(() => {
  if (!client.connected || quiet || !deviceAlive) return
  count += 1
  client.publishDeviceData('press', { timestamp: Date.now(), metrics: [changed(count)] })
}, period)
createInterface({ input: process.stdin }).on('line', word => {
  if (word === 'skip') client.incrementSeqNum()
  if (word === 'quiet') quiet = true
  if (word === 'go') quiet = false
  if (word === 'device-death') { deviceAlive = false; client.publishDeviceDeath('press', { timestamp: Date.now() }) }
  if (word === 'device-birth') { deviceAlive = true; client.publishDeviceBirth('press', { timestamp: Date.now(), metrics: deviceMetrics() }) }
  if (word === 'historical') client.publishDeviceData('press', { timestamp: Date.now(), metrics: [{ ...changed(-1), timestamp: 1700000000000, isHistorical: true }] })
  if (word === 'stop') client.stop()
  console.log(`did ${word}`)
})
