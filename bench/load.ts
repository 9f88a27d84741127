import { Agent, request } from 'node:http';

export interface LoadTarget {
  /** The request for one answer; asked once per answer, so that each can go to a session of its own. */
  next(): { url: string; headers: Record<string, string>; body: string };
  /** What the first piece of text has in it, and the end of a whole answer. */
  marks?: Marks;
}

interface Marks {
  first: string;
  last: string;
}

const MARKS: Marks = { first: 'event: delta', last: 'event: done' };

export interface LoadFigures {
  answersPerSecond: number;
  firstTokenP50Ms: number;
  firstTokenP95Ms: number;
}

/** Asks `answers` questions, `concurrency` at a time, and reads every streamed answer to its end. */
export async function runLoad(
  target: LoadTarget,
  { answers, concurrency }: { answers: number; concurrency: number },
): Promise<LoadFigures> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const firstTokens: number[] = [];
  let started = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (started < answers) {
        started += 1;
        firstTokens.push(await ask(target.next(), agent, target.marks ?? MARKS));
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  firstTokens.sort((a, b) => a - b);
  const at = (share: number) => firstTokens[Math.floor(share * (firstTokens.length - 1))] ?? 0;
  return { answersPerSecond: answers / seconds, firstTokenP50Ms: at(0.5), firstTokenP95Ms: at(0.95) };
}

/** The last one has the whole answer with its sources. */
const LONGEST_FRAME = 20_000;

/** @returns milliseconds to the first piece of text */
function ask({ url, headers, body }: ReturnType<LoadTarget['next']>, agent: Agent, marks: Marks): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let firstToken = 0;
    let tail = '';
    const asking = request(
      url,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
      },
      (response) => {
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          if (firstToken === 0 && text.includes(marks.first)) firstToken = performance.now() - startedAt;
          tail = (tail + text).slice(-LONGEST_FRAME);
        });
        response.on('end', () => {
          if (response.statusCode === 200 && tail.includes(marks.last)) resolve(firstToken);
          else reject(new Error(`status ${response.statusCode}: ${tail.slice(-300)}`));
        });
        response.on('error', reject);
      },
    );
    asking.on('error', reject);
    asking.end(body);
  });
}
