import 'monaco-editor/esm/vs/language/json/json.worker.js';

export const start = globalThis.onmessage;
