const { posix } = require('node:path');

/** What another package may import: the files its package.json exports, so the two never disagree. */
function publicFiles(folder) {
  const { exports: entries } = require(`../${folder}/package.json`);
  return Object.values(entries).map((file) => `^${escape(posix.join(folder, file))}$`);
}
const escape = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

const tests = '[.]test[.]ts$|^[^/]+/(src/)?testing/|^web/e2e/';
const configs = '[.]config[.](ts|js|cjs)$';
/** The files of web that make the one process: they may put the API into it. */
const webProcess = '^web/(server|start|dev)[.]ts$|^web/e2e/';

/** Folders of api/src that serve every slice and know none; `testing` is the one that may know them. */
const infrastructure = 'http|db|crypto|audit|live|log';

module.exports = {
  forbidden: [
    {
      name: 'rules-import-nothing-of-ours',
      comment: 'rules ← api ← web: the rules stand alone, so they can be read, proved and reused.',
      severity: 'error',
      from: { path: '^rules/' },
      to: { path: '^(api|migrations|web|[.]ci)/' },
    },
    {
      name: 'rules-are-pure',
      comment: 'Rules also run in the browser: no node module, no package.',
      severity: 'error',
      from: { path: '^rules/src/', pathNot: tests },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'migrations-import-nothing-of-ours',
      comment: 'A migration must mean the same in five years, whatever the code has become.',
      severity: 'error',
      from: { path: '^migrations/' },
      to: { path: '^(api|rules|web|[.]ci)/' },
    },
    {
      name: 'api-does-not-know-the-web',
      severity: 'error',
      from: { path: '^api/' },
      to: { path: '^(web|[.]ci)/' },
    },
    {
      name: 'web-sees-the-api-through-its-client',
      comment: 'What decides is always the API; pages speak to it as any other client does.',
      severity: 'error',
      from: { path: '^web/', pathNot: webProcess },
      to: { path: '^api/', pathNot: '^api/src/client[.]ts$' },
    },
    {
      name: 'web-pages-do-not-know-the-database',
      severity: 'error',
      from: { path: '^web/', pathNot: webProcess },
      to: { path: '^migrations/' },
    },
    ...['rules', 'migrations', 'api'].map((folder) => ({
      name: `${folder}-by-its-exports-only`,
      comment: `Other packages import what ${folder}/package.json exports, nothing behind it.`,
      severity: 'error',
      from: { pathNot: `^${folder}/` },
      to: { path: `^${folder}/`, pathNot: publicFiles(folder) },
    })),
    {
      name: 'packages-by-name',
      comment: 'Another package is imported by its name, not by the way to its folder.',
      severity: 'error',
      from: { path: '^(rules|migrations|api|web)/' },
      to: {
        path: '^(rules|migrations|api|web)/',
        pathNot: '^$1/',
        dependencyTypes: ['local'],
        dependencyTypesNot: ['aliased-workspace', 'localmodule'],
      },
    },
    {
      name: 'slices-by-use-case-and-reads',
      comment: 'A slice is used through what it does and shows, not through its inner parts.',
      severity: 'error',
      from: { path: '^api/src/([^/]+)/', pathNot: '^api/src/testing/' },
      to: {
        path: '^api/src/[^/]+/.*[.](routes|queries)[.]ts$',
        pathNot: ['^api/src/$1/', `^api/src/(${infrastructure})/`],
      },
    },
    {
      name: 'infrastructure-knows-no-slice',
      severity: 'error',
      from: { path: `^api/src/(${infrastructure})/`, pathNot: tests },
      to: { path: '^api/src/[^/]+/', pathNot: `^api/src/(${infrastructure})/` },
    },
    {
      name: 'database-driver-behind-the-door',
      comment: 'The database is reached only through a transaction that knows who asks.',
      severity: 'error',
      from: {
        pathNot: ['^migrations/', '^api/src/(db|live|testing)/', '^api/bench/', tests],
      },
      to: { path: '(^|/)node_modules/postgres/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'the-access-table-is-for-tests',
      comment: 'An oracle that the code under test reads would agree with it in everything.',
      severity: 'error',
      from: { pathNot: tests },
      to: { path: '^api/(access/|src/testing/access-)' },
    },
    {
      name: 'tests-are-not-imported',
      severity: 'error',
      from: {},
      to: { path: '[.]test[.]ts$' },
    },
    {
      name: 'declared-where-it-is-used',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'what-runs-needs-no-dev-dependency',
      severity: 'error',
      from: {
        path: '^(rules|migrations|api)/src/|^web/(server|start)[.]ts$',
        pathNot: tests,
      },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment:
        'Nothing imports it and it imports nothing: it is dead, or an entry to be named here.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '[.]d[.]ts$',
          configs,
          tests,
          '^[.](ci|config)/',
          '^(rules|api)/(generate|bench)',
          '^web/src/routes/',
          '^web/src/(hooks|env|params)',
        ],
      },
      to: {},
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: {
        couldNotResolve: true,
        // Made by SvelteKit while it builds.
        pathNot: '^[$]app/|[.]/[$]types([.]js)?$|/build/handler[.]js$',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(build|[.]svelte-kit|[.]vitest|[.]turbo|coverage|fixtures)/|^data/' },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['svelte', 'import', 'node', 'default', 'types'],
      mainFields: ['svelte', 'module', 'main', 'types'],
    },
  },
};
