import { AppError } from '../../errors.ts';

/**
 * Bytes to text: a byte order mark decides, then the declared encoding, then UTF-8 if it is valid, else Windows-1252,
 * which is what old files without any declaration are.
 * @throws AppError `unreadable_document` when the bytes are not text
 */
export function decodeText(bytes: Uint8Array, declared: string | null = null): string {
  const encoding = encodingOfMark(bytes) ?? knownEncoding(declared) ?? guessEncoding(bytes);
  const text = new TextDecoder(encoding).decode(bytes);
  // A few stray control characters are an accident; many are a picture or a program with the wrong ending.
  const sample = text.slice(0, 4096);
  const binary = [...sample].filter((character) => character === '\0' || character === '\uFFFD').length;
  if (binary > sample.length / 20) throw new AppError('unreadable_document', 'This is not text.');
  return text.replaceAll('\0', '').replace(/^\uFEFF/, '');
}

function encodingOfMark(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return null;
}

function knownEncoding(label: string | null): string | null {
  if (!label) return null;
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return null;
  }
}

function guessEncoding(bytes: Uint8Array): string {
  const sample = bytes.subarray(0, 1024);
  const zeros = (from: number) => sample.filter((byte, n) => n % 2 === from && byte === 0).length;
  // Western text in UTF-16 has a zero in nearly every second byte, and none in the others.
  if (zeros(1) > sample.length / 4 && zeros(0) === 0) return 'utf-16le';
  if (zeros(0) > sample.length / 4 && zeros(1) === 0) return 'utf-16be';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}
