export { startTestApi, type Requester, type TestApi } from './test-api.ts';
export { observationInput } from './observation-input.ts';
export { copyDatabase, testMaster, testSigner } from './test-deps.ts';
export { seedTemplate } from './seeded-template.ts';
export { approveWaiting, asApprover, listWaiting, readyToApprove } from './approvers.ts';
export { deliverAll } from './deliver-all.ts';
export { Canaries } from './canary/canaries.ts';
export { Searches } from './canary/places.ts';
export { compile } from './canary/search.ts';
