/** Look of everything that pops up beside its trigger. */
export const popupClass =
  'z-50 rounded-lg border border-line bg-panel p-1 text-sm shadow-pop outline-none origin-(--transform-origin) transition duration-100 data-starting-style:scale-97 data-starting-style:opacity-0 data-ending-style:opacity-0'
