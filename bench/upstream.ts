import { createServer } from 'node:http';

/** A model API that answers at once with 200 tokens, in events as small as real ones, ten to a network write. */
const TOKENS = 200;
const TOKENS_PER_WRITE = 10;

const event = (delta: object, finish: string | null) =>
  `data: ${JSON.stringify({
    id: 'bench',
    object: 'chat.completion.chunk',
    created: 0,
    model: 'bench',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;

const writes: string[] = [];
for (let at = 0; at < TOKENS; at += TOKENS_PER_WRITE) {
  writes.push(Array.from({ length: TOKENS_PER_WRITE }, () => event({ content: ' token' }, null)).join(''));
}
const usage = { prompt_tokens: 100, completion_tokens: TOKENS, total_tokens: 100 + TOKENS };
const usageEvent = `data: ${JSON.stringify({ id: 'bench', object: 'chat.completion.chunk', created: 0, model: 'bench', choices: [], usage })}`;
const ending = `${event({}, 'stop')}${usageEvent}\n\ndata: [DONE]\n\n`;

const whole = JSON.stringify({
  id: 'bench',
  object: 'chat.completion',
  created: 0,
  model: 'bench',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: ' token'.repeat(TOKENS) },
      finish_reason: 'stop',
      logprobs: null,
    },
  ],
  usage,
});

const server = createServer((request, response) => {
  let asked = '';
  request.on('data', (data) => {
    asked += data;
  });
  request.on('end', () => {
    if (!asked.includes('"stream":true')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(whole);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let next = 0;
    const write = () => {
      const piece = writes[next++];
      if (piece === undefined) {
        response.end(ending);
        return;
      }
      response.write(piece);
      setImmediate(write);
    };
    write();
  });
});

server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify(server.address())}\n`));
