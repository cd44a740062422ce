package org.dlora.api;

import java.time.Duration;
import org.springframework.test.web.reactive.server.WebTestClient;

/** Clients of servers that tests start. They wait for answers as long as other waits of tests. */
public final class LocalClient {
    private LocalClient() {}

    /** Returns a client of the server on a port of the loopback interface. */
    public static WebTestClient of(int port) {
        return WebTestClient.bindToServer()
                .baseUrl("http://127.0.0.1:" + port)
                .responseTimeout(Duration.ofMinutes(2))
                .build();
    }
}
