// Vite 8 needs no configuration; the development server of 5 to 7 moves packages away from their files.
export default { optimizeDeps: { exclude: ['limbus'] } };
