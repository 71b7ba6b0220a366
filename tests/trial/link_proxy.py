"""The link between a server and its database, on the loopback, that can be made to fail. Runs on a thread of its own."""

import asyncio
import functools
import socket
import struct
import threading

CHUNK_BYTES = 1 << 16
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST


class Link:
    """One connection with its two directions; it forwards while `gate` is open."""

    def __init__(self, is_open):
        self.gate = asyncio.Event()
        self.is_forgotten = False
        self.writers = []
        if is_open:
            self.gate.set()

    def reset(self):
        for writer in self.writers:
            end = writer.get_extra_info("socket")
            if writer.transport.is_closing():
                continue
            if end.family == socket.AF_INET:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()


class LinkProxy:
    """Forwards to a socket in the file system. The verbs act on what is connected now and, but for `forget` and `reset`,
    on what comes later."""

    def __init__(self, path):
        self.path = str(path)
        self.links = set()
        self.is_open = True
        self.delay_seconds = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        listener = self.run(asyncio.start_server(self.serve, "127.0.0.1", 0))
        self.port = listener.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *error):
        self.run(self.end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    # ---- what happens to the link; callable from any thread ----

    def hold(self):
        """Nothing gets through and nobody is told."""
        self.call(self.set_open, False)

    def release(self):
        self.call(self.set_open, True)

    def forget(self):
        """What is connected is never heard of again; new connections are as good as ever."""
        self.call(self.forget_links)

    def reset(self):
        self.call(self.reset_links)

    def delay(self, seconds):
        """Of each piece, in each direction."""
        self.call(setattr, self, "delay_seconds", seconds)

    # ---- on the loop ----

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def call(self, function, *arguments):
        async def on_loop():
            function(*arguments)
        self.run(on_loop())

    async def end(self):
        for link in self.links:
            link.gate.set()
            link.reset()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=5)

    def set_open(self, is_open):
        self.is_open = is_open
        for link in self.links:
            if not link.is_forgotten:
                link.gate.set() if is_open else link.gate.clear()

    def forget_links(self):
        for link in self.links:
            link.is_forgotten = True
            link.gate.clear()

    def reset_links(self):
        for link in self.links:
            if not link.is_forgotten:
                link.reset()

    async def serve(self, reader, writer):
        link = Link(self.is_open)
        self.links.add(link)
        try:
            other_reader, other_writer = await asyncio.open_unix_connection(self.path)
        except OSError:
            writer.close()
            return
        link.writers = [writer, other_writer]
        pump = functools.partial(self.pump, link)
        await asyncio.gather(pump(reader, other_writer), pump(other_reader, writer))
        self.links.discard(link)

    async def pump(self, link, reader, writer):
        try:
            while True:
                piece = await reader.read(CHUNK_BYTES)
                await asyncio.sleep(self.delay_seconds)
                await link.gate.wait()
                if not piece:
                    break
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        writer.close()
