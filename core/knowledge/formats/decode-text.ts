import { isAscii, isUtf8 } from 'node:buffer';
import { AppError } from '../../errors.ts';

/** Any bytes are text in these. */
const SINGLE_BYTE = /^(?:windows-|iso-8859-|koi8-|ibm866|macintosh|x-)/;

/**
 * Bytes to text: a byte order mark decides, then the declared encoding, then UTF-8 if it is valid, else Windows-1252,
 * which is what old files without any declaration are. Text in another encoding is not valid UTF-8 by chance, so what
 * servers and pages declare against it is a mistake.
 * @throws AppError `unreadable_document` when the bytes are not text
 */
export function decodeText(bytes: Uint8Array, declared: string | null = null): string {
  const encoding = encodingOfMark(bytes) ?? declaredEncoding(bytes, declared) ?? guessEncoding(bytes);
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

function declaredEncoding(bytes: Uint8Array, label: string | null): string | null {
  const declared = knownEncoding(label);
  if (!declared || isAscii(bytes) || !isUtf8(bytes)) return declared;
  return SINGLE_BYTE.test(declared) || !isValid(bytes, declared) ? 'utf-8' : declared;
}

function isValid(bytes: Uint8Array, encoding: string): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
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
  return isUtf8(bytes) ? 'utf-8' : 'windows-1252';
}
