import { createApp } from 'vue';
import Eye from './Eye.vue';

createApp(Eye).mount('main');
