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

const server = app.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify(server.address())}\n`));
