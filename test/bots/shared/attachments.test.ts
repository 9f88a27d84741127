import { describe, expect, it } from 'vitest';
import { type Attachment, declinedSentence, readAttachments } from '../../../bots/shared/attachments.ts';

function file(name: string, contentType: string | null, size = 10): Attachment {
  return { name, contentType, size, url: `https://cdn.example.com/${name}` };
}

const contentIs = (content: string) => async () => content;
const nothing = async (): Promise<string> => {
  throw new Error('This must not be fetched.');
};

describe('what is sent along with a question', () => {
  it('is read when it is text, by its type or by its name', async () => {
    const files = [
      file('a.txt', 'text/plain; charset=utf-8'),
      file('b.py', 'application/octet-stream'),
      file('c.rs', null),
    ];

    const { text, declined } = await readAttachments(files, async (url) => `content of ${url.at(-1)}`);

    expect(text).toBe(
      [
        'Attached file "a.txt":\n```\ncontent of t\n```',
        'Attached file "b.py":\n```\ncontent of y\n```',
        'Attached file "c.rs":\n```\ncontent of s\n```',
      ].join('\n\n'),
    );
    expect(declined).toEqual([]);
  });

  it('cannot close its own quotation', async () => {
    const { text } = await readAttachments([file('a.md', 'text/markdown')], contentIs('```\ncode\n```'));

    expect(text).toBe('Attached file "a.md":\n````\n```\ncode\n```\n````');
  });

  it('is passed on when it is an image', async () => {
    const files = [file('a.png', 'image/png'), file('b.jpg', 'IMAGE/JPEG')];

    expect(await readAttachments(files, nothing)).toEqual({
      text: '',
      imageUrls: ['https://cdn.example.com/a.png', 'https://cdn.example.com/b.jpg'],
      declined: [],
    });
  });

  it('is declined by name when it is neither, or too large', async () => {
    const files = [
      file('a.zip', 'application/zip'),
      file('huge.txt', 'text/plain', 100_001),
      file('huge.png', 'image/png', 30_000_000),
      file('a.mp4', 'video/mp4'),
    ];

    const { declined } = await readAttachments(files, nothing);

    expect(declined).toEqual(['a.zip', 'huge.txt', 'huge.png', 'a.mp4']);
    expect(declinedSentence(declined)).toBe(
      'I could not read a.zip, huge.txt, huge.png, and a.mp4: I read images and text files up to 100 kB.',
    );
    expect(declinedSentence([])).toBe('');
  });

  it('is declined when it turns out larger than it was said to be, or not to be text', async () => {
    const lying = await readAttachments([file('a.txt', 'text/plain', 5)], contentIs('x'.repeat(100_001)));
    const binary = await readAttachments([file('a.txt', 'text/plain', 5)], contentIs('PK\0\0'));

    expect([lying.declined, lying.text]).toEqual([['a.txt'], '']);
    expect(binary.declined).toEqual(['a.txt']);
  });

  it('is declined beyond 100 kB in all', async () => {
    const files = [
      file('a.txt', 'text/plain', 60_000),
      file('b.txt', 'text/plain', 60_000),
      file('c.txt', 'text/plain'),
    ];

    const { declined } = await readAttachments(files, async (url) =>
      url.endsWith('c.txt') ? 'c' : 'x'.repeat(60_000),
    );

    expect(declined).toEqual(['b.txt']);
  });

  it('is declined when it cannot be fetched, and the rest is read', async () => {
    const files = [file('gone.txt', 'text/plain'), file('here.txt', 'text/plain')];

    const { text, declined } = await readAttachments(files, async (url) => {
      if (url.includes('gone')) throw new Error('404');
      return 'here';
    });

    expect(declined).toEqual(['gone.txt']);
    expect(text).toContain('here');
  });

  it('has a name that can neither ping anyone nor begin a line', async () => {
    const { declined } = await readAttachments(
      [file('@everyone\n# `<!channel>`.exe', 'application/x-msdownload')],
      nothing,
    );

    expect(declined).toEqual(['everyone # !channel .exe']);
  });
});
