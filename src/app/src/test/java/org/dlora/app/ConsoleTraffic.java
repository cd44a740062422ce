package org.dlora.app;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients that ask a server's adapters of the demo in turn until they are closed. They rest between
 * requests, so that pages are rendered on few cores too.
 */
final class ConsoleTraffic implements AutoCloseable {
    private static final List<String> MODELS =
            List.of("rot13", "rot13", "rot13", "upper", "reverse", "dlora-demo", "title", "leet");
    private static final int REST_MILLIS = 200;

    private final RunningServer server;
    private final ScheduledExecutorService clients;
    private final AtomicInteger requests = new AtomicInteger();

    /** Starts clients, each with one request at a time. */
    ConsoleTraffic(RunningServer server, int count) {
        this.server = server;
        clients = Executors.newScheduledThreadPool(count);
        for (int i = 0; i < count; i++) {
            var _ =
                    clients.scheduleWithFixedDelay(
                            this::ask, 0, REST_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void ask() {
        int i = requests.getAndIncrement();
        try {
            server.post("/v1/chat/completions", body(MODELS.get(i % MODELS.size()), i));
        } catch (IOException _) {
            // The server may be ending, or cut a connection off: the next request shows.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static String body(String model, int i) {
        return """
        {"model": "%s", "max_tokens": 48, "messages": [{"role": "user", "content": "The quick brown fox %d"}]}\
        """
                .formatted(model, i);
    }

    @Override
    public void close() {
        // Also those that would begin now; what runs ends.
        clients.shutdown();
        clients.close();
    }
}
