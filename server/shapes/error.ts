import { z } from 'zod';
import { ERROR_CODES } from '../../core/errors.ts';

export const errorShape = z
  .object({
    error: z.object({
      code: z.enum([...ERROR_CODES, 'internal_error']).meta({ description: 'Decide by this.' }),
      message: z.string().meta({ description: 'A plain sentence that may be shown to people.' }),
      request_id: z.string().meta({ description: 'Also in the x-request-id header and in the logs.' }),
    }),
  })
  .meta({ id: 'Error', description: 'Why a request was refused.' });
