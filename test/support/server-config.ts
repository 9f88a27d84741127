/** What an HTTP server is set to where a test does not say otherwise. */
export const serverConfig = {
  ASSISTANT_NAME: 'Parley',
  HOST: '127.0.0.1',
  PORT: 0,
  PUBLIC_URL: 'https://parley.example',
  TRUST_PROXY: 0,
};
