/** Cordon's mark: a pod inside a ring that is open at one place only. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <circle
        cx="16"
        cy="16"
        r="12"
        fill="none"
        stroke="currentColor"
        strokeWidth="3"
        strokeDasharray="20 5.130"
        transform="rotate(-52 16 16)"
        className="text-proof"
      />
      <path d="M16 9.800l5.400 3.100v6.200L16 22.200l-5.400-3.100v-6.200z" fill="currentColor" />
    </svg>
  )
}
