import { describe } from '../main.js';

describe('/eye.png').then(postMessage, (error) => postMessage(`failed: ${error.message}`));
