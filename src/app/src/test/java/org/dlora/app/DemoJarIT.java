package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The jar alone, in an empty folder, serves the demo it carries and leaves no files behind. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class DemoJarIT {
    private static final Pattern READY =
            Pattern.compile(
                    "Ready at (\\S+) with model dlora-demo and 8 adapters \\(leet, .*\\)\\. Try: curl .*");

    @Test
    void jarServesItsDemo(@TempDir Path folder, @TempDir Path temporary) throws Exception {
        var server = start(folder, temporary);
        try {
            var url = readyUrl(server);
            assertThat(answer(url)).contains("\"content\":\"Gur dhvpx oebja sbk\"");
            server.destroy();
            assertThat(server.waitFor()).isEqualTo(128 + 15);
        } finally {
            server.descendants().forEach(ProcessHandle::destroyForcibly);
            server.destroyForcibly();
        }
        try (var left = Files.list(temporary)) {
            assertThat(left.filter(file -> file.toString().contains("dlora"))).isEmpty();
        }
    }

    private static Process start(Path folder, Path temporary) throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java");
        var builder =
                new ProcessBuilder(
                        java.toString(),
                        "-Djava.io.tmpdir=" + temporary,
                        "-jar",
                        System.getProperty("dlora.test.jar"),
                        "--server.port=0");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder.directory(folder.toFile()).redirectErrorStream(true).start();
    }

    private static String readyUrl(Process server) throws IOException {
        var seen = new StringBuilder();
        var output = server.inputReader();
        for (var line = output.readLine(); line != null; line = output.readLine()) {
            seen.append(line).append('\n');
            var ready = READY.matcher(line);
            if (ready.find()) {
                return ready.group(1);
            }
        }
        throw new AssertionError("The server ended before it was ready:\n" + seen);
    }

    private static String answer(String url) throws IOException, InterruptedException {
        var body =
                """
                {"model": "rot13", "messages": [{"role": "user", "content": "The quick brown fox"}], "temperature": 0}
                """;
        var request =
                HttpRequest.newBuilder(URI.create(url + "/v1/chat/completions"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build();
        try (var http = HttpClient.newHttpClient()) {
            return http.send(request, BodyHandlers.ofString()).body();
        }
    }
}
