import { defineConfig } from 'vitest/config'

// A busy machine may take long; nothing here measures time.
export default defineConfig({ test: { testTimeout: 20_000, hookTimeout: 20_000 } })
