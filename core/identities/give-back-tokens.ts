import type { Encryption } from '../encryption/encryption.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { SignInProvider } from '../ports/sign-in-provider.ts';
import { createTokenSeal } from './sealed-tokens.ts';

export interface GiveBackTokensOptions {
  encryption: Encryption;
  logger: Logger;
  signInProviders: readonly Pick<SignInProvider, 'id' | 'revoke'>[];
}

/** An identity that is gone, with its tokens as they were kept. */
export interface GoneIdentity {
  id: string;
  platform: string;
  tokens: string | null;
}

export type GiveBackTokens = (identity: GoneIdentity) => void;

/**
 * Has a provider forget the tokens of an account that is not linked any more. Not waited for: what the provider does
 * with its copy is no reason to keep ours.
 */
export function createGiveBackTokens({ encryption, logger, signInProviders }: GiveBackTokensOptions): GiveBackTokens {
  const { open } = createTokenSeal(encryption);

  async function revoke({ id, platform, tokens }: GoneIdentity): Promise<void> {
    const provider = signInProviders.find((one) => one.id === platform);
    if (provider && tokens !== null) await provider.revoke(open(id, tokens));
  }

  return (identity) => {
    revoke(identity).catch((error) => {
      const code = error instanceof AppError ? error.code : undefined;
      logger.warn({ provider: identity.platform, code }, 'tokens could not be given back');
    });
  };
}
