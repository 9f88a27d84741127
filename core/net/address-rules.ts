import ipaddr from 'ipaddr.js';

export interface HostRules {
  /** True when an operator listed this host, with this port or without any. */
  isAllowedPrivately(hostname: string, port: string): boolean;
}

/** Reads `ALLOW_PRIVATE_HOSTS`: `127.0.0.1:9000`, `intranet`, `*.corp`, `[::1]:8080`; without a port, any port. */
export function createHostRules(allowPrivateHosts: readonly string[]): HostRules {
  const rules = allowPrivateHosts.map((entry) => {
    const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry.trim().toLowerCase()) ?? [];
    return { host: bare(host), port };
  });
  return {
    isAllowedPrivately(hostname, port) {
      const wanted = bare(hostname.toLowerCase());
      return rules.some((rule) => matchesHost(rule.host, wanted) && (!rule.port || rule.port === port));
    },
  };
}

function matchesHost(rule: string, hostname: string): boolean {
  if (rule === '') return false;
  return rule.startsWith('*.') ? hostname.endsWith(rule.slice(1)) : rule === hostname;
}

/** Without the brackets of an IPv6 address and the dot that may end a name. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/**
 * True for addresses of the public internet. Everything with a special meaning is not: private, loopback, link-local
 * (cloud metadata among them), shared, multicast, reserved, and IPv6 forms that carry an IPv4 address inside.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_IPV6);
}
