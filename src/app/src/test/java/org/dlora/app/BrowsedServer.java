package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.dlora.app.ConsoleBrowser.Look;
import org.dlora.device.Device;
import org.dlora.testing.TestFiles;

/** Two replicas of the demo with a database, a user of each role, and traffic, for browsers. */
final class BrowsedServer implements AutoCloseable {
    static final String PASSWORD = "correct horse battery";
    private static final Path DEMO = TestFiles.demo();

    final RunningServer server;
    private final ConsoleTraffic traffic;

    private BrowsedServer(RunningServer server, ConsoleTraffic traffic) {
        this.server = server;
        this.traffic = traffic;
    }

    /**
     * Starts a server with users {@code viewer}, {@code operator} and {@code admin}.
     *
     * @param home empty folder of the server
     */
    static BrowsedServer start(Path home, String... settings) throws Exception {
        return start(
                all -> RunningServer.start(DEMO.resolve("model"), DEMO.resolve("adapters"), all),
                home,
                settings);
    }

    /** Starts a server on a device of the test, which it closes. */
    static BrowsedServer startOn(Device device, Path home) throws Exception {
        return start(
                all ->
                        RunningServer.startOn(
                                device, DEMO.resolve("model"), DEMO.resolve("adapters"), all),
                home);
    }

    private static BrowsedServer start(
            Function<String[], RunningServer> starter, Path home, String... settings)
            throws Exception {
        var all = new ArrayList<String>();
        for (int i = 0; i < 2; i++) {
            all.add("--dlora.replicas[%d].threads=1".formatted(i));
            all.add("--dlora.replicas[%d].memory=64MB".formatted(i));
        }
        all.add("--dlora.served-name=dlora-demo");
        all.add("--dlora.policy=dlora");
        all.add("--dlora.store=auto");
        all.add("--dlora.home=" + home);
        all.addAll(List.of(settings));
        var server = starter.apply(all.toArray(String[]::new));
        try {
            for (var role : List.of("viewer", "operator", "admin")) {
                makeUser(server, role);
            }
            return new BrowsedServer(server, new ConsoleTraffic(server, 3));
        } catch (Exception | AssertionError e) {
            server.close();
            throw e;
        }
    }

    private static void makeUser(RunningServer server, String role)
            throws IOException, InterruptedException {
        var body =
                "{\"name\": \"%s\", \"role\": \"%s\", \"password\": \"%s\"}"
                        .formatted(role, role, PASSWORD);
        // The database is opened once the server is ready.
        await().atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> {
                    var answer = server.post("/admin/users", body);
                    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
                });
    }

    /** Opens a browser where a user is signed in. */
    ConsoleBrowser browser(String user, Look look) {
        var browser = ConsoleBrowser.open(server.url(), look);
        return signedIn(browser, user);
    }

    ConsoleBrowser browserWithoutScripts(String user, Look look) {
        return signedIn(ConsoleBrowser.openWithoutScripts(server.url(), look), user);
    }

    private static ConsoleBrowser signedIn(ConsoleBrowser browser, String user) {
        try {
            browser.signIn(user, PASSWORD);
            return browser;
        } catch (RuntimeException | AssertionError e) {
            browser.close();
            throw e;
        }
    }

    @Override
    public void close() {
        try {
            traffic.close();
        } finally {
            server.close();
        }
    }
}
