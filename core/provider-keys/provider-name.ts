/** By host, also for hosts below it. */
const KNOWN: Record<string, string> = {
  'api.openai.com': 'openai',
  'openai.azure.com': 'azure',
  'openrouter.ai': 'openrouter',
  'api.anthropic.com': 'anthropic',
  'generativelanguage.googleapis.com': 'google',
  'api.groq.com': 'groq',
  'api.mistral.ai': 'mistral',
  'api.deepseek.com': 'deepseek',
  'api.together.xyz': 'together',
  'api.fireworks.ai': 'fireworks',
  'api.x.ai': 'xai',
};

/** What people call the provider at an address. The operator's own server keeps its address to itself. */
export function toProviderName({
  baseUrl,
  isOperatorsServer,
}: {
  baseUrl: string;
  isOperatorsServer: boolean;
}): string {
  const { host, hostname } = new URL(baseUrl);
  const known = Object.entries(KNOWN).find(([name]) => hostname === name || hostname.endsWith(`.${name}`));
  if (known) return known[1];
  return isOperatorsServer ? 'default' : host;
}
