// What the workspace pushes, and connecting again for as long as it takes.

const LONGEST = 5000;

// Calls `take` with each message and `lost(true|false)` as the connection goes and comes. `address` is asked anew for each
// connection. Returns what ends it.
export function live(address, take, lost) {
  let socket = null;
  let pause = 200;
  let ended = false;
  const connect = () => {
    if (ended) return;
    socket = new WebSocket(`ws://${location.host}${address()}`);
    socket.onmessage = (event) => { pause = 200; lost(false); take(JSON.parse(event.data)); };
    socket.onclose = () => {
      if (ended) return;
      lost(true);
      setTimeout(connect, pause);
      pause = Math.min(pause * 2, LONGEST);
    };
  };
  connect();
  return () => { ended = true; socket.close(); };
}
