export const PLATFORMS = ['discord', 'slack', 'twitch', 'web'] as const;

export type Platform = (typeof PLATFORMS)[number];
