// Runs before the first paint, so that the page never flashes in the other theme. A file, because the content security
// policy allows no inline script.
{
  let chosen = 'system'
  try {
    chosen = localStorage.getItem('cordon.theme') || 'system'
  } catch {
    // Storage is blocked; the system's choice holds.
  }
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
}
