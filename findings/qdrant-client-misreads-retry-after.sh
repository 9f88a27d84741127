#!/usr/bin/env bash
# Qdrant's JavaScript client reads the first character of Retry-After instead of the whole: 120 seconds become 1, and a
# date becomes an error about its format. Seen with @qdrant/js-client-rest 1.19.0 on Node 24.
# Prints what it saw and fails when that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @qdrant/js-client-rest@1.19.0
cat > see.mjs <<'JS'
import { createServer } from 'node:http';
import { QdrantClient } from '@qdrant/js-client-rest';

let wait = '120';
const server = createServer((_request, response) => {
  response.writeHead(429, { 'content-type': 'application/json', 'retry-after': wait });
  response.end(JSON.stringify({ status: { error: 'Too many requests' }, time: 0 }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new QdrantClient({ host: '127.0.0.1', port: server.address().port, checkCompatibility: false });
const seconds = await client.getCollections().catch((error) => error.retry_after);
wait = 'Wed, 21 Oct 2026 07:28:00 GMT';
const message = await client.getCollections().catch((error) => error.message);
console.log({ seconds, message });
server.close();
server.closeAllConnections();
process.exit(seconds === 1 && message === 'Invalid retryAfter value: W' ? 0 : 1);
JS
node see.mjs
