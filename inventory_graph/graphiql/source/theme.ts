import { editor } from 'monaco-graphql/esm/monaco-editor.js';

export const EDITOR_THEME = { light: 'inventory-graph-light', dark: 'inventory-graph-dark' };

type Palette = {
  accent: string;
  surface: string;
  muted: string;
  keyword: string;
  field: string;
  argument: string;
  type: string;
  string: string;
  number: string;
  comment: string;
};

const LIGHT: Palette = {
  accent: '#0f766e',
  surface: '#ffffff',
  muted: '#64748b',
  keyword: '#7c3aed',
  field: '#0f766e',
  argument: '#0369a1',
  type: '#9a3412',
  string: '#b45309',
  number: '#1d4ed8',
  comment: '#76839a',
};

const DARK: Palette = {
  accent: '#5eead4',
  surface: '#1a2332',
  muted: '#94a3b8',
  keyword: '#c4b5fd',
  field: '#5eead4',
  argument: '#7dd3fc',
  type: '#fdba74',
  string: '#fcd34d',
  number: '#93c5fd',
  comment: '#7d8ba3',
};

function define(name: string, base: 'vs' | 'vs-dark', palette: Palette): void {
  const { accent, surface, muted } = palette;
  const tint = `${accent}1f`;
  const clear = '#00000000';
  editor.defineTheme(name, {
    base,
    inherit: true,
    rules: [
      { token: 'keyword.gql', foreground: palette.keyword },
      { token: 'key.identifier.gql', foreground: palette.field },
      { token: 'argument.identifier.gql', foreground: palette.argument },
      { token: 'type.identifier.gql', foreground: palette.type },
      { token: 'string.gql', foreground: palette.string },
      { token: 'number.gql', foreground: palette.number },
      { token: 'number.float.gql', foreground: palette.number },
      { token: 'comment.gql', foreground: palette.comment },
      { token: 'string.key.json', foreground: palette.field },
      { token: 'string.value.json', foreground: palette.string },
      { token: 'number.json', foreground: palette.number },
      { token: 'keyword.json', foreground: palette.keyword },
    ],
    colors: {
      'editor.background': clear,
      'scrollbar.shadow': clear,
      'editorGutter.background': clear,
      'editorLineNumber.foreground': `${muted}a0`,
      'editorLineNumber.activeForeground': accent,
      focusBorder: accent,
      'textLink.foreground': accent,
      'textLink.activeForeground': accent,
      'editorLink.activeForeground': accent,
      'editorWidget.background': surface,
      'editorHoverWidget.background': surface,
      'editorSuggestWidget.background': surface,
      'editorSuggestWidget.selectedBackground': tint,
      'editorSuggestWidget.selectedForeground': accent,
      'editorSuggestWidget.highlightForeground': accent,
      'editorSuggestWidget.focusHighlightForeground': accent,
      'list.hoverBackground': tint,
      'list.highlightForeground': accent,
      'list.focusHighlightForeground': accent,
      'menu.background': surface,
      'menu.selectionBackground': tint,
      'menu.selectionForeground': accent,
      'quickInput.background': surface,
      'quickInputList.focusBackground': tint,
      'quickInputList.focusForeground': accent,
      'input.background': `${muted}22`,
      'toolbar.hoverBackground': tint,
      'inputOption.hoverBackground': tint,
      'pickerGroup.foreground': accent,
    },
  });
}

/** Runs before the first editor is made, because Monaco falls back to its own theme for a name it does not know. */
export function defineThemes(): void {
  define(EDITOR_THEME.light, 'vs', LIGHT);
  define(EDITOR_THEME.dark, 'vs-dark', DARK);
}
