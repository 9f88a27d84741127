/** The import rule of this project, executable. Imports point one way: outer rooms -> core; never back, never sideways. */
const rooms = ['bots', 'server', 'widget', 'cli'];
const sideways = rooms.map((room) => ({
  name: `${room}-not-sideways`,
  comment: 'An outer room knows core and itself; what two rooms share belongs in core.',
  severity: 'error',
  from: { path: `^${room}/` },
  to: { path: `^(${[...rooms.filter((other) => other !== room), 'test', 'composition', 'main\\.ts'].join('|')})` },
}));

export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-is-inner',
      comment: 'core imports no outer room, no platform SDK and no web framework.',
      severity: 'error',
      from: { path: '^core/' },
      to: {
        path: '^(bots|server|widget|cli|test|composition|main\\.ts|config\\.ts)|node_modules/(express|discord\\.js|@slack|tmi\\.js|lit)/',
      },
    },
    {
      name: 'concepts-use-ports',
      comment: 'Concepts in core see ports; only main.ts chooses adapters.',
      severity: 'error',
      from: { path: '^core/', pathNot: '^core/adapters/' },
      to: { path: '^core/adapters/' },
    },
    {
      name: 'ports-are-leaves',
      severity: 'error',
      from: { path: '^core/ports/' },
      to: { path: '^core/', pathNot: '^core/ports/' },
    },
    {
      name: 'sdk-only-in-its-adapter',
      comment: 'A vendor SDK is imported only by the adapter that wraps it.',
      severity: 'error',
      from: { path: '^(core|bots|server|cli|main\\.ts)', pathNot: '^core/adapters/' },
      to: { path: 'node_modules/(openai|@qdrant|@energetic-ai)/' },
    },
    {
      name: 'widget-takes-only-types',
      comment: 'core runs on Node; the widget may import its types and nothing that exists at run time.',
      severity: 'error',
      from: { path: '^widget/' },
      to: { path: '^core/', dependencyTypesNot: ['type-only'] },
    },
    ...sideways,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    // TypeScript 7 has no API for other tools yet; swc reads the same syntax.
    parser: 'swc',
    moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: {
      extensions: ['.ts', '.mts', '.js', '.mjs', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
