// A WebSocket whose reading can be paused, which no client library does: for tests of what a server keeps for such clients.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';

/** One text frame, masked as a client's frames must be; the mask of zeros changes nothing. */
function frame(text) {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.from([0x81, 0x80 | payload.length]) : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

/** Payload length and length of the head of the frame that starts here; nothing where it isn't all there. */
function head(bytes) {
  if (bytes.length < 2) return undefined;
  const short = bytes[1] & 127;
  if (short < 126) return { length: short, start: 2 };
  if (short === 126) return bytes.length < 4 ? undefined : { length: bytes.readUInt16BE(2), start: 4 };
  return bytes.length < 10 ? undefined : { length: Number(bytes.readBigUInt64BE(2)), start: 10 };
}

export class PausedSocket {
  /** What was read beyond the answers that were asked for. */
  rest = Buffer.alloc(0);

  /** Connects to a node's port; nothing is read until `answers` is called. */
  static async open(port) {
    const socket = new PausedSocket();
    socket.tcp = connect(port, '127.0.0.1');
    socket.tcp.on('error', () => {});
    await once(socket.tcp, 'connect');
    const key = randomBytes(16).toString('base64');
    socket.tcp.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`);
    const [greeting] = await once(socket.tcp, 'data');
    socket.tcp.pause();
    if (!greeting.toString().startsWith('HTTP/1.1 101')) throw new Error(`no WebSocket: ${greeting}`);
    return socket;
  }

  /** Asks without waiting for the answer. */
  ask(id, method, parameters) {
    this.tcp.write(frame(JSON.stringify({ jsonrpc: '2.0', id, method, params: parameters })));
  }

  /** Reads `count` answers. */
  async answers(count) {
    const answers = [];
    let chunks = [this.rest];
    let size = this.rest.length;
    let needed = 2;
    for await (const chunk of this.tcp.iterator({ destroyOnReturn: false })) {
      chunks.push(chunk);
      size += chunk.length;
      if (size < needed) continue;
      let bytes = Buffer.concat(chunks);
      for (;;) {
        const frame = head(bytes);
        needed = frame ? frame.start + frame.length : bytes.length + 1;
        if (bytes.length < needed) break;
        // Pings are control frames, with a first byte of 0x89.
        if (bytes[0] === 0x81) answers.push(JSON.parse(bytes.subarray(frame.start, needed)));
        bytes = this.rest = bytes.subarray(needed);
        if (answers.length === count) return answers;
      }
      chunks = [bytes];
      size = bytes.length;
    }
    throw new Error(`the node closed the connection after ${answers.length} of ${count} answers`);
  }

  close() {
    this.tcp.destroy();
  }
}
