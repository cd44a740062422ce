package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

/**
 * Clients that send no HTTP, or go away, get the documented error if they can, and are worth one
 * line for debugging (issue 12: stack traces as errors, and status 500 in the metrics).
 */
class MalformedRequestsTest extends ApiTest {
    private static final String POST =
            "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    private static final String CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";
    private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: x\r\n";

    @Autowired MeterRegistry metrics;
    private SaidInTheLog log;

    /** Not earlier: a server that starts sets logging up anew. */
    @BeforeEach
    void listen() {
        log = new SaidInTheLog();
    }

    @AfterEach
    void close() {
        log.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    no HTTP at all                       | 400 | is not valid HTTP/1.1:
                    GET /health HTTP/1.1\\r\\nb@d: x    | 400 | header
                    GET /health HTTP/2.0\\r\\nHost: x    | 400 | its version is HTTP/2.0.
                    POST / HTTP/1.1\\r\\nContent-Length: a | 400 | Content-Length value is not a number: a.
                    POST / HTTP/1.1\\r\\nContent-Length: 2\\r\\nContent-Length: 3 | 400 | Multiple Content-Length values
                    """)
    void aHeadThatIsNoHttpIs400(String head, int status, String message) throws Exception {
        refused(head.replace("\\r\\n", "\r\n") + "\r\n\r\n", status, message);
    }

    @Test
    void aLineThatIsTooLongIs414() throws Exception {
        refused(
                "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n\r\n",
                414,
                "longer than the server takes (4096 bytes)");
    }

    @Test
    void tooManyHeadersAre431() throws Exception {
        var headers = IntStream.range(0, 2000).mapToObj(i -> "X-%d: x\r\n".formatted(i)).toList();
        refused(
                POST + String.join("", headers) + "\r\n",
                431,
                "larger than the server takes (8192 bytes)");
    }

    @Test
    void aTargetThatIsNoUriIs400() throws Exception {
        try (var client = new RawClient(port)) {
            var answer = client.send("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n").answers();
            assertThat(message(answer, 400)).contains("not a valid URI. Percent-encode");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zz\r\n", "5\r\n{\"mod\r\nzz\r\n", "5\r\n{\"modzz"})
    void aMalformedChunkIs400(String chunks) throws Exception {
        var before = counted("400", "CLIENT_ERROR");
        var defects = defects();
        try (var client = new RawClient(port)) {
            var answer = client.send(POST + CHUNKED + chunks).answers();
            assertThat(message(answer, 400)).contains("The request is not valid HTTP/1.1: ");
        }
        oneLineForDebugging();
        await("400", "CLIENT_ERROR", before + 1);
        assertThat(defects()).isEqualTo(defects);
        assertThat(log.rest()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aClientThatGoesAwayWhileItSendsItsBodyIsA499InTheMetrics(boolean reset) throws Exception {
        var before = counted("499", "UNKNOWN");
        var defects = defects();
        var client = new RawClient(port).send(POST + "Content-Length: 100\r\n\r\n{\"mo");
        if (reset) {
            client.reset();
        } else {
            client.close();
        }
        assertThat(oneLineForDebugging().getFormattedMessage())
                .endsWith("has gone away while it sent a request");
        await("499", "UNKNOWN", before + 1);
        assertThat(defects()).isEqualTo(defects);
        assertThat(log.rest()).isEmpty();
    }

    @Test
    void aClientThatGoesAwayWhileItSendsHeadersIsOneLine() throws Exception {
        new RawClient(port).send("GET /health HTTP/1.1\r\nHo").close();
        oneLineForDebugging();
        assertThat(log.rest()).isEmpty();
    }

    @Test
    void theAnswerToAnEarlierRequestComesFirst() throws Exception {
        try (var client = new RawClient(port)) {
            var answers = client.send(HEALTH + "\r\nno HTTP\r\n\r\n").answers();
            assertThat(answers).startsWith("HTTP/1.1 200 OK").contains("{\"status\":\"ok\"}");
            assertThat(message(answers.substring(answers.indexOf('}') + 1), 400))
                    .contains("is not valid HTTP/1.1");
        }
        oneLineForDebugging();
    }

    @Test
    void anAnswerThatIsStillBeingMadeComesBeforeTheErrorOfALaterRequest() throws Exception {
        var body = "{\"model\": \"demo\", \"prompt\": \"Hi\"}";
        try (var client = new RawClient(port)) {
            client.send(POST + "Content-Length: " + body.length() + "\r\n\r\n" + body);
            var id = engine.started.poll(20, TimeUnit.SECONDS);
            client.send(POST + CHUNKED + "zz\r\n");
            oneLineForDebugging();
            for (var event : Events.saying("first", 2)) {
                engine.say(String.valueOf(id), event);
            }
            var answers = client.answers();
            assertThat(answers).startsWith("HTTP/1.1 200 OK").contains("\"text\":\"first\"");
            assertThat(message(answers.substring(answers.indexOf("HTTP/1.1 400")), 400))
                    .contains("chunk");
        }
    }

    @Test
    void aMalformedBodyThatNobodyReadsEndsTheConnectionAfterTheAnswer() throws Exception {
        try (var client = new RawClient(port)) {
            assertThat(client.send(HEALTH + CHUNKED + "zz\r\n").answers())
                    .startsWith("HTTP/1.1 200 OK")
                    .endsWith("{\"status\":\"ok\"}");
        }
        oneLineForDebugging();
    }

    /** A request whose head cannot be read, so that metrics do not know it. */
    private void refused(String request, int status, String message) throws Exception {
        try (var client = new RawClient(port)) {
            assertThat(message(client.send(request).answers(), status)).contains(message);
        }
        oneLineForDebugging();
        assertThat(log.rest()).isEmpty();
    }

    private ILoggingEvent oneLineForDebugging() throws InterruptedException {
        var event = log.next();
        assertThat(event.getLevel()).as(event.getFormattedMessage()).isEqualTo(Level.DEBUG);
        assertThat(event.getThrowableProxy()).isNull();
        assertThat(event.getFormattedMessage()).hasLineCount(1).hasSizeLessThan(400);
        return event;
    }

    private static String message(String answer, int status) throws IOException {
        assertThat(answer)
                .startsWith("HTTP/1.1 " + status + " ")
                .containsIgnoringCase("content-type: application/json\r\n")
                .containsIgnoringCase("connection: close\r\n");
        var error = json(answer.substring(answer.indexOf("\r\n\r\n") + 4)).get("error");
        assertThat(error.propertyNames()).containsExactly("message", "type", "param", "code");
        assertThat(error.get("type").asString()).isEqualTo("invalid_request_error");
        return error.get("message").asString();
    }

    private long counted(String status, String outcome) {
        return metrics
                .find("http.server.requests")
                .tags("uri", "/v1/completions", "status", status, "outcome", outcome)
                .timers()
                .stream()
                .collect(Collectors.summingLong(Timer::count));
    }

    private long defects() {
        return metrics.find("http.server.requests").tag("status", "500").timers().stream()
                .collect(Collectors.summingLong(Timer::count));
    }

    private void await(String status, String outcome, long count) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (counted(status, outcome) < count && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(counted(status, outcome)).isEqualTo(count);
    }
}
