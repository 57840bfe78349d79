/** Monaco's API refers to both diff editors by name; nothing here opens one, so their code stays out of the bundle. */
export class DiffEditorWidget {}
export class MultiDiffEditorWidget {}
