import { AppError } from '../errors.ts';

/** What the model's server finds wrong with a request, in its own words: they are for whoever wrote the request. */
export class RefusedRequest extends AppError {
  readonly status: number;
  readonly error: { message: string; type: string; param: string | null; code: string | null };

  constructor(status: number, error: RefusedRequest['error']) {
    super('model_refused', 'The language model did not accept this request.');
    this.name = 'RefusedRequest';
    this.status = status;
    this.error = error;
  }
}
