import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type Request, type RequestHandler } from 'express';
import type { Config } from '../config.ts';
import type { Encryption } from '../core/encryption/encryption.ts';
import { AppError, StartError } from '../core/errors.ts';
import type { SignInProvider } from '../core/ports/sign-in-provider.ts';
import { createArrivalOrder } from '../core/turns/arrival-order.ts';
import type { AccessGrant } from '../core/users/access-tokens.ts';
import { type ApiRoute, type ApiRoutesOptions, createApiRoutes } from './api-routes.ts';
import { createCookieLogins } from './cookie-logins.ts';
import type { Endpoint } from './endpoint.ts';
import { assertWithinReach } from './key-reach.ts';
import { createErrorAnswer, refuseUnknownPath } from './middleware/answer-error.ts';
import { authenticate } from './middleware/authenticate.ts';
import { createCors } from './middleware/cors.ts';
import { refuseEncodedBodies } from './middleware/refuse-encoded-bodies.ts';
import { refuseOtherMethods } from './middleware/refuse-method.ts';
import { createSecurityHeaders } from './middleware/security-headers.ts';
import { createProxyWatch } from './middleware/watch-proxies.ts';
import { createRequestWatch } from './middleware/watch-requests.ts';
import { createOpenApiDocument } from './openapi.ts';
import { createOrigins } from './origins.ts';
import { createAccountPage } from './routes/account-page.ts';
import { createApiDocs } from './routes/api-docs.ts';
import { createHomePage } from './routes/home-page.ts';
import { createLinkPages } from './routes/link-pages.ts';
import { createLoginPages } from './routes/login-pages.ts';
import { createPageFiles } from './routes/page-files.ts';
import { createProviderPages } from './routes/provider-pages.ts';
import { createSharedAnswerPage, type SharedAnswerPageOptions } from './routes/shared-answer.ts';

export interface HttpServerOptions extends Omit<ApiRoutesOptions, 'origins' | 'app'> {
  app: ApiRoutesOptions['app'] & Pick<SharedAnswerPageOptions, 'sharedAnswers'>;
  /** Encrypts what browsers keep for us. */
  encryption: Encryption;
  /** Those that are configured. */
  signInProviders: SignInProvider[];
  config: Pick<Config, 'ASSISTANT_NAME' | 'HOST' | 'PORT' | 'PUBLIC_URL' | 'TRUST_PROXY' | 'WIDGET_ORIGINS'>;
  /** Where `vite build` put the widget and the pages. */
  distDir: string;
  /** Mounted before anything that reads bodies: platforms sign theirs as they are. */
  routers?: RequestHandler[];
}

const BODY_LIMIT = '64kb';
/** Conversations with images in them. */
const V1_BODY_LIMIT = '20mb';
const FORM_LIMIT = '8kb';
/** Longer than the minute after which most proxies drop an idle connection, so that they and not we end it. */
const KEEP_ALIVE_MS = 65_000;

/** Everything Parley answers over HTTP. */
export function createHttpServer(options: HttpServerOptions) {
  let isStopping = false;
  const refuseWhenStopping: RequestHandler = (_req, res, next) => {
    if (!isStopping) return next();
    res.setHeader('connection', 'close');
    throw new AppError('shutting_down', 'Parley is restarting. Please try again in a moment.', {
      retryAfterSeconds: 5,
    });
  };
  const server = createServer(createExpressApp(options, refuseWhenStopping));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 1000;
  // A connection whose last answer ended while stopping would otherwise stay open until its keep-alive runs out.
  server.on('request', (_req, res) => {
    res.once('close', () => {
      if (isStopping) setImmediate(() => server.closeIdleConnections());
    });
  });

  return {
    /** @throws StartError, as when the port is taken */
    async start(): Promise<{ port: number }> {
      const { HOST, PORT } = options.config;
      await listen(server, HOST, PORT);
      return { port: (server.address() as AddressInfo).port };
    },

    /** Refuses new requests, lets running ones end for so long, then cuts what is left: readers who never read on. */
    async stop({ drainMs }: { drainMs: number }): Promise<void> {
      isStopping = true;
      if (!server.listening) return;
      const patience = setTimeout(() => server.closeAllConnections(), drainMs);
      await new Promise((resolve) => server.close(resolve));
      clearTimeout(patience);
    },
  };
}

function createExpressApp(options: HttpServerOptions, refuseWhenStopping: RequestHandler): Express {
  const { config, logger, metrics, tokens, rateLimits } = options;
  const isHttps = config.PUBLIC_URL.startsWith('https:');
  const origins = createOrigins({ publicUrl: config.PUBLIC_URL, widgetOrigins: config.WIDGET_ORIGINS });
  const routes = createApiRoutes({ ...options, origins });
  const files = createPageFiles(options);
  const { accounts, apiKeys, logins } = options.app;
  const cookieLogins = createCookieLogins({ logins, origins, publicUrl: config.PUBLIC_URL });
  const home = createHomePage({ ...options, accounts, cookieLogins, isHttps, assistantName: config.ASSISTANT_NAME });
  const loginPages = createLoginPages({
    accounts,
    cookieLogins,
    assistantName: config.ASSISTANT_NAME,
    signInProviders: options.signInProviders,
    loginAddress: `${config.PUBLIC_URL}/login`,
  });
  const providerPages = createProviderPages({
    ...options,
    identities: options.app.identities,
    links: options.app.links,
    profileSources: options.app.profileSources,
    cookieLogins,
    isHttps,
  });
  const account = createAccountPage({
    ...options.app,
    cookieLogins,
    assistantName: config.ASSISTANT_NAME,
    isHttps,
    providers: options.signInProviders,
  });
  const linkPages = createLinkPages({ links: options.app.links, cookieLogins, rateLimits, isHttps });
  const sharedAnswer = createSharedAnswerPage({ ...options.app, assistantName: config.ASSISTANT_NAME });
  const docs = createApiDocs(() => createOpenApiDocument({ routes, publicUrl: config.PUBLIC_URL }));

  const server = express();
  server.disable('x-powered-by');
  // Answers of the API are not kept by anyone, so a hash over each of them would be for nothing.
  server.disable('etag');
  server.set('trust proxy', config.TRUST_PROXY);
  server.set('query parser', 'simple');

  server.use(createRequestWatch({ logger, metrics }));
  server.use(createSecurityHeaders({ isHttps }));
  server.use(createProxyWatch({ trusted: config.TRUST_PROXY, logger }));
  server.use(refuseWhenStopping);
  server.use(refuseEncodedBodies);
  for (const router of options.routers ?? []) server.use(router);

  const countRequest: RequestHandler = (req, _res, next) => {
    rateLimits.countRequest(req.ip ?? '').then(() => next(), next);
  };
  server.post('/api/sessions/:session_id/messages', createOrderKeeping());
  server.use('/api', createCors(origins), neverStore, countRequest);
  server.use('/v1', createCors(origins, { anyHeader: true }), neverStore);
  const readJson = express.json({ limit: BODY_LIMIT, inflate: false });
  const readLongJson = express.json({ limit: V1_BODY_LIMIT, inflate: false });
  for (const [method, path, endpoint] of routes) {
    const before = endpoint.description.body ? [isOpenAiRoute(path) ? readLongJson : readJson] : [];
    server[method](path, ...before, mount(path, endpoint));
  }
  for (const [path, methods] of toMethodsByPath(routes)) server.all(path, named(path, refuseOtherMethods(methods)));

  server.get('/', named('/', home.page));
  server.get('/page.css', named('/page.css', files.styles));
  server.get('/pages.js', named('/pages.js', files.pages));
  server.get('/widget.js', named('/widget.js', files.widget));
  server.get('/widget-more.js', named('/widget-more.js', files.widgetMore));
  server.get('/a/page.css', named('/a/page.css', sharedAnswer.styles));
  server.get('/a/:id', countRequest, named('/a/:id', sharedAnswer.page));
  const readForm = express.urlencoded({ extended: false, limit: FORM_LIMIT, inflate: false });
  server.use(['/login', '/register', '/logout', '/account', '/auth', '/link'], countRequest, neverStore);
  server.get('/login', named('/login', loginPages.form));
  server.post('/login', readForm, named('/login', loginPages.logIn));
  server.post('/register', readForm, named('/register', loginPages.register));
  server.get('/logout', named('/logout', loginPages.logOut));
  server.post('/logout', named('/logout', loginPages.logOut));
  server.get('/login/:provider', named('/login/:provider', providerPages.begin));
  server.get('/auth/:provider', named('/auth/:provider', providerPages.callback));
  server.get('/link/:code', named('/link/:code', linkPages.page));
  server.post('/link/:code', readForm, named('/link/:code', linkPages.answer));
  server.get('/account', named('/account', account.page));
  server.post('/account/logins/:login_id/end', named('/account/logins/:login_id/end', account.endLogin));
  server.post('/account/identities/:identity_id/unlink', named('/account/identities', account.unlink));
  server.get('/openapi.json', named('/openapi.json', docs.description));
  server.get('/docs', named('/docs', docs.page));
  server.get('/docs/start.js', named('/docs/start.js', docs.start));
  server.get('/docs/swagger-ui.js', named('/docs/swagger-ui.js', docs.script));
  server.get('/docs/swagger-ui.css', named('/docs/swagger-ui.css', docs.styles));

  server.use(refuseUnknownPath);
  server.use(createErrorAnswer({ logger }));
  return server;

  function mount(path: string, endpoint: Endpoint): RequestHandler {
    return async function answerCall(req, res) {
      res.locals.route = path;
      const grant = endpoint.needsToken ? await authenticateFor(path, req) : null;
      if (grant?.apiKey) assertWithinReach(req.method, path);
      await endpoint.handle(req, res, grant);
    };
  }

  /** Programs with a valid key are limited by their key: their address counts only when there is none. */
  async function authenticateFor(path: string, req: Request): Promise<AccessGrant> {
    try {
      return await authenticate(req, { tokens, apiKeys, cookieLogins });
    } catch (error) {
      if (isOpenAiRoute(path)) await rateLimits.countRequest(req.ip ?? '');
      throw error;
    }
  }
}

function toMethodsByPath(routes: ApiRoute[]): Map<string, string[]> {
  const methodsByPath = new Map<string, string[]>();
  for (const [method, path] of routes) {
    methodsByPath.set(path, [...(methodsByPath.get(path) ?? []), method.toUpperCase()]);
  }
  return methodsByPath;
}

/** One person's requests of one kind; nobody else can stand in their way. */
function createOrderKeeping(): RequestHandler {
  const arrivals = createArrivalOrder();
  return function keepOrder(req, res, next) {
    const { authorization, cookie } = req.headers;
    const arrival = arrivals.enter(`${req.path} ${authorization ?? cookie}`);
    res.locals.arrival = arrival;
    res.once('close', arrival.pass);
    next();
  };
}

function isOpenAiRoute(path: string): boolean {
  return path.startsWith('/v1/');
}

const neverStore: RequestHandler = (_req, res, next) => {
  res.setHeader('cache-control', 'no-store');
  next();
};

function named(route: string, handler: RequestHandler): RequestHandler {
  return function serveNamed(req, res, next) {
    res.locals.route = route;
    return handler(req, res, next);
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const words: Record<string, string> = {
        EADDRINUSE: `Port ${port} on ${host} is taken by another program. Stop it, or set PORT to another one.`,
        EACCES: `Port ${port} may not be used by this account. Set PORT to one above 1023.`,
        EADDRNOTAVAIL: `${host} is not an address of this machine. Set HOST to one that is, or to 0.0.0.0 for all.`,
        ENOTFOUND: `${host} is not an address of this machine. Set HOST to one that is, or to 0.0.0.0 for all.`,
      };
      reject(new StartError(words[error.code ?? ''] ?? `Could not listen on ${host}:${port}.`, { cause: error }));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}
