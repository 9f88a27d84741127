import { AppError } from '../errors.ts';

/** Cuts what is longer, counted as it arrives and after it was decompressed. */
export function limitBytes(maxBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let size = 0;
  return new TransformStream({
    transform(part, controller) {
      size += part.length;
      if (size <= maxBytes) controller.enqueue(part);
      else controller.error(new AppError('payload_too_large', 'It answers without end.'));
    },
  });
}
