import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { precompress } from './scripts/precompress.ts'

/** The server serves `dist/` at `/`; in development this proxies the API to a server on its usual port. */
export default defineConfig({
  plugins: [react(), precompress()],
  build: { target: 'es2024', assetsInlineLimit: 0 },
  server: {
    proxy: { '/graphql': { target: 'http://127.0.0.1:4000', ws: true } },
  },
})
