export { startApi, type RunningApi } from './compose.ts';
export { EnvironmentError, readEnvironment, type Environment } from './env.ts';
export { guardedServer, serverLimits } from './http/guarded-server.ts';
export { protections } from './http/protections.ts';
export { faultOf } from './log/fault.ts';
export type { Log } from './log/log.ts';
export { KeyFileError } from './crypto/key-source.ts';
export { DemoRefusedError } from './demo/seed-demo.ts';
