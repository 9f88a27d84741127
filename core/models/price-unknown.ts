import { AppError } from '../errors.ts';

/** What is said of a model without a known price where somebody pays: it is refused, not guessed. */
export function priceUnknown(id: string): AppError {
  return new AppError(
    'model_price_unknown',
    `The price of the model ${id} is not known, so it is not used where somebody pays. Please choose another one.`,
  );
}
