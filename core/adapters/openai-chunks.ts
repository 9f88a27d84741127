import { createParser } from 'eventsource-parser';
import type OpenAI from 'openai';

type Chunk = OpenAI.ChatCompletionChunk;

/**
 * Reads a streamed completion: all the chunks that arrived together, as they arrive. What comes before trouble is
 * given before the trouble is thrown.
 * @throws SyntaxError for what is no JSON, Error for a chunk that reports one, and what the connection throws
 */
export async function* readChunks(response: Response): AsyncGenerator<Chunk[]> {
  if (!response.body) return;
  let arrived: Chunk[] = [];
  let trouble: Error | null = null;
  const parser = createParser({
    onEvent({ data }) {
      if (trouble || data === '[DONE]') return;
      try {
        const chunk = JSON.parse(data) as Chunk & { error?: { message?: string } };
        if (chunk.error) trouble = new Error(`The model server reported: ${chunk.error.message ?? 'an error'}`);
        else arrived.push(chunk);
      } catch (error) {
        trouble = error as SyntaxError;
      }
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of response.body) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    if (arrived.length > 0) {
      const chunks = arrived;
      arrived = [];
      yield chunks;
    }
    if (trouble) throw trouble;
  }
}
