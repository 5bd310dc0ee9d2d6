/** Told apart in both themes and by most kinds of colour blindness; names stand beside them. */
export const chartColours = [
  '#4c8dff',
  '#e8833a',
  '#2fa872',
  '#c2497f',
  '#8e70e0',
  '#b8952a',
  '#2ea3b8',
  '#a06a4f',
  '#dd5a68',
  '#6f9430',
  '#6b6bb5',
  '#8a8f99',
]
