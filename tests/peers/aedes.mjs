// aedes, an MQTT 3.1.1 broker of another maker: node aedes.mjs '{"port": 1883}'. Its store is its memory.
import { createServer } from 'node:net'
import { Aedes } from 'aedes'

const { port } = JSON.parse(process.argv[2])
const broker = await Aedes.createBroker({ queueLimit: 100000 })
createServer(broker.handle).listen(port, '127.0.0.1', () => console.log('ready'))
