import vue from '@vitejs/plugin-vue';

const isCustomElement = (tag) => tag === 'limbus-segmenter';

export default {
  plugins: [vue({ template: { compilerOptions: { isCustomElement } } })],
  optimizeDeps: { exclude: ['limbus'] },
};
