export { startApi, type RunningApi } from './compose.ts';
export { EnvironmentError, readEnvironment, type Environment } from './env.ts';
export { KeyFileError } from './crypto/key-source.ts';
export { DemoRefusedError } from './demo/seed-demo.ts';
