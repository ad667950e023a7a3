import { builtinModules } from 'node:module';
import { defineConfig } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const nodeModules = [...builtinModules, 'node:*'];

const now = 'Time is passed in: rules never read the clock.';
const chance = 'Chance is passed in: rules never draw a random number.';

/** Two rules may not each own a `no-restricted-syntax` entry for the same file, so the parts are shared. */
const dishonestTests = [
  {
    selector:
      'MemberExpression[object.name=/^(it|test|describe|suite)$/][property.name=/^(only|skip|todo|fails)$/]',
    message: 'A test runs or does not exist; for another platform use skipIf with its condition.',
  },
  {
    selector: 'MemberExpression[property.name=/^(toBeTruthy|toBeFalsy)$/]',
    message: 'Say which value is expected.',
  },
];

export default defineConfig(
  {
    ignores: [
      '**/build/',
      '**/.svelte-kit/',
      '**/.turbo/',
      '**/.vitest/',
      '**/coverage/',
      '**/*.generated.*',
      'data/',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ts.configs.recommended,
  svelte.configs.recommended,
  {
    languageOptions: { globals: globals.node },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-script-url': 'error',
      'no-restricted-syntax': ['error', ...dishonestTests],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports' },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: ['**/*.svelte.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
    },
  },
  {
    // Without types: parsing components with them costs more than everything else together.
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      // The site is always mounted at the root of its own origin, so there is no base path to resolve.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    files: ['**/*.cjs'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['web/src/**'],
    languageOptions: { globals: globals.browser },
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^@shaodian/api(?!/client$)',
              message: 'The web sees the api only through @shaodian/api/client.',
            },
            {
              regex: '^@shaodian/migrations|^(\\.\\./)+(api|migrations|rules)/',
              message: 'The web sees other packages only through their exports.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['rules/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: nodeModules
            .filter((name) => !name.includes('*'))
            .map((name) => ({ name, message: 'Rules also run in the browser.' })),
          patterns: [{ group: ['node:*'], message: 'Rules also run in the browser.' }],
        },
      ],
      'no-restricted-globals': [
        'error',
        ...['console', 'process', 'Buffer', 'require', 'fetch', 'crypto', 'performance'].map(
          (name) => ({ name, message: 'Rules are pure: no I/O, no clock, no chance, no log.' }),
        ),
        ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'].map((name) => ({
          name,
          message: now,
        })),
      ],
      'no-restricted-syntax': [
        'error',
        ...dishonestTests,
        {
          selector: "MemberExpression[object.name='Date'][property.name='now']",
          message: now,
        },
        {
          selector: "MemberExpression[object.name='Date'][computed=true]",
          message: now,
        },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: now },
        { selector: "CallExpression[callee.name='Date']", message: now },
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: chance,
        },
        { selector: "Identifier[name='globalThis']", message: 'Rules are pure.' },
        { selector: 'ImportExpression', message: 'Rules load nothing while they run.' },
      ],
    },
  },
  {
    // What a person starts in a terminal answers in the terminal.
    files: [
      '.ci/**',
      'web/*.ts',
      'rules/*.ts',
      'migrations/src/cli.ts',
      'api/bench/**',
      'web/e2e/**',
      'api/generate/**',
    ],
    rules: { 'no-console': 'off' },
  },
);
