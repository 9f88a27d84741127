import express from 'express';
import OpenAI from 'openai';

/** The least a server can do: Express and the openai package, nothing stored, nothing looked up. */
const client = new OpenAI({ baseURL: process.argv[2], apiKey: 'bench' });
const app = express();

app.post('/chat', express.json(), async (request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const stream = await client.chat.completions.create({
    model: 'bench',
    stream: true,
    messages: [{ role: 'user', content: request.body.text }],
  });
  for await (const chunk of stream) {
    const text = chunk.choices[0]?.delta.content;
    if (text) response.write(`event: delta\ndata: ${JSON.stringify({ text })}\n\n`);
  }
  response.end('event: done\ndata: {}\n\n');
});

app.post('/v1/chat/completions', express.json(), async (request, response) => {
  if (!request.body.stream) {
    response.json(await client.chat.completions.create({ ...request.body, stream: false }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const asked: OpenAI.ChatCompletionCreateParamsStreaming = { ...request.body, stream: true };
  const stream = await client.chat.completions.create(asked);
  for await (const chunk of stream) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  response.end('data: [DONE]\n\n');
});

const server = app.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify(server.address())}\n`));
