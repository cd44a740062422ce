package org.dlora.api.webhooks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A receiver of webhooks on loopback that answers each call as the test says. */
final class HookServer implements AutoCloseable {
    private static final String OK = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

    private final ServerSocket socket;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final Queue<Answer> answers = new ArrayDeque<>();

    /** Calls in the order in which they came. */
    final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();

    /** A call that was received whole. */
    record Call(String path, Map<String, String> headers, byte[] body) {
        String id() {
            return headers.getOrDefault("webhook-id", "");
        }
    }

    /** Writes an answer. */
    interface Answer {
        void write(Socket to, OutputStream out) throws IOException;
    }

    HookServer() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("hook-server").start(this::run);
    }

    URI url() {
        return URI.create("http://127.0.0.1:%d/hook?token=hidden".formatted(socket.getLocalPort()));
    }

    /** Answers the next call, after those that were said before, with these lines. */
    HookServer next(String... lines) {
        return next((_, out) ->
                out.write((String.join("\r\n", lines) + "\r\n\r\n").getBytes(US_ASCII)));
    }

    /** Answers the next call so. Those that nothing is said of get 204. */
    HookServer next(Answer answer) {
        synchronized (answers) {
            answers.add(answer);
        }
        return this;
    }

    /** Does not answer the next call, and keeps its connection open. */
    HookServer hang() {
        return next((to, _) -> keep(to));
    }

    /** Keeps a connection open after its answer. */
    void keep(Socket connection) {
        open.add(connection);
    }

    Call take() throws InterruptedException {
        var call = calls.poll(1, TimeUnit.MINUTES);
        if (call == null) {
            throw new AssertionError("no call came");
        }
        return call;
    }

    private void run() {
        while (!socket.isClosed()) {
            try {
                var connection = socket.accept();
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException _) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try {
            var call = read(connection.getInputStream());
            Answer answer;
            synchronized (answers) {
                answer = answers.poll();
            }
            calls.add(call);
            var out = connection.getOutputStream();
            if (answer == null) {
                out.write(OK.getBytes(US_ASCII));
            } else {
                answer.write(connection, out);
            }
            if (!open.contains(connection)) {
                connection.close();
            }
        } catch (IOException _) {
            // The caller has gone.
        }
    }

    private static Call read(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(US_ASCII).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("cut short");
            }
            head.write(next);
        }
        var lines = head.toString(US_ASCII).lines().toList();
        var headers = new HashMap<String, String>();
        for (var line : lines.subList(1, lines.size())) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        return new Call(lines.getFirst(), headers, in.readNBytes(length));
    }

    @Override
    public void close() {
        try {
            socket.close();
            for (var connection : open) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
