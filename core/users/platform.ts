export const PLATFORMS = ['discord', 'slack', 'twitch', 'web', 'api'] as const;

export type Platform = (typeof PLATFORMS)[number];
