export default { esbuild: { jsx: 'automatic' }, optimizeDeps: { exclude: ['limbus'] } };
