// A turn of the event loop, which promises alone never give up.

/** Lets what has arrived in, and others work. Timers would wait longer: browsers hold them back. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
