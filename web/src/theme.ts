import { type CSSVariablesResolver, createTheme } from '@mantine/core'

/** Mantine's parts in this tool's own colours. Every pair used as text on ground holds WCAG AA. */
export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace",
  colors: {
    petrol: [
      '#eef6f8',
      '#d9eaee',
      '#b3d5dd',
      '#86bccb',
      '#5da3b7',
      '#3d8aa0',
      '#256f85',
      '#0f4c5c',
      '#0b3d4a',
      '#072e38',
    ],
    dark: [
      '#e8eced',
      '#c9d1d4',
      '#a5b0b5',
      '#7c888e',
      '#4a565c',
      '#343d42',
      '#1d2428',
      '#161b1e',
      '#0f1315',
      '#0a0d0e',
    ],
  },
})

/** Hands the tokens of `tokens.css` to Mantine, whose own defaults are too faint for dimmed and error text. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: MAPPED,
  dark: MAPPED,
})

const MAPPED = {
  '--mantine-color-body': 'var(--ground)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--ink-soft)',
  '--mantine-color-placeholder': 'var(--ink-soft)',
  '--mantine-color-error': 'var(--bad)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--hover)',
  '--mantine-color-default-border': 'var(--line-strong)',
  '--mantine-color-anchor': 'var(--accent)',
}
