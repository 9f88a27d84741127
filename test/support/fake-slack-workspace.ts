/** The workspace that the stand-in for Slack plays, and what its app is set to. */
export const TEAM = 'T1';
export const BOT_USER = 'UBOT';
export const BOT = 'BBOT';
export const SIGNING_SECRET = 'signing-secret-of-the-fake';
export const BOT_TOKEN = 'xoxb-fake';
export const APP_TOKEN = 'xapp-fake';
