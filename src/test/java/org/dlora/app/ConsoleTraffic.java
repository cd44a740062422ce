package org.dlora.app;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Clients that ask a server's adapters of the demo in turn until they are closed. */
final class ConsoleTraffic implements AutoCloseable {
    private static final List<String> MODELS =
            List.of("rot13", "rot13", "rot13", "upper", "reverse", "dlora-demo", "title", "leet");

    private final RunningServer server;
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private volatile boolean isEnded;

    private ConsoleTraffic(RunningServer server) {
        this.server = server;
    }

    /** Starts clients, each with one request at a time. */
    static ConsoleTraffic start(RunningServer server, int clients) {
        var traffic = new ConsoleTraffic(server);
        for (int i = 0; i < clients; i++) {
            int first = i;
            var _ = traffic.clients.submit(() -> traffic.ask(first));
        }
        return traffic;
    }

    private Void ask(int first) throws InterruptedException {
        for (int i = first; !isEnded; i++) {
            try {
                server.post("/v1/chat/completions", body(MODELS.get(i % MODELS.size()), i));
            } catch (IOException _) {
                // The server may be ending, or cut a connection off: the next request shows.
            }
        }
        return null;
    }

    private static String body(String model, int i) {
        return """
        {"model": "%s", "max_tokens": 48, "messages": [{"role": "user", "content": "The quick brown fox %d"}]}\
        """
                .formatted(model, i);
    }

    @Override
    public void close() {
        isEnded = true;
        clients.close();
    }
}
