import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env.CORDON_DEV_SERVER ?? 'http://127.0.0.1:4400'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: { manifest: true, target: 'es2023', chunkSizeWarningLimit: 700 },
  server: { host: '127.0.0.1', proxy: { '/api': server, '/healthz': server } },
})
