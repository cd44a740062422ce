package org.dlora.api.webhooks;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Attempt to deliver a change. The body of the answer is not read, and redirects are not followed:
 * they fail the attempt like any answer other than 2xx.
 */
final class WebhookCall {
    private static final int OK = 200;
    private static final int NO_LONGER_OK = 300;

    private final HttpClient http;

    /**
     * @param http does not follow redirects
     */
    WebhookCall(HttpClient http) {
        this.http = http;
    }

    /**
     * A change to be delivered.
     *
     * @param id the same in each attempt
     * @param body JSON
     */
    record Message(String id, Instant at, byte[] body) {}

    /**
     * The end of an attempt.
     *
     * @param problem why it has failed; empty if it has not
     * @param retryAfter that header of the answer
     */
    record Result(Optional<String> problem, Optional<String> retryAfter) {
        static Result failed(String problem) {
            return new Result(Optional.of(problem), Optional.empty());
        }

        boolean isDelivered() {
            return problem.isEmpty();
        }
    }

    /**
     * Makes an attempt.
     *
     * @param now time of the signature
     */
    Result send(Webhook hook, Message message, Instant now, Duration timeout)
            throws InterruptedException {
        long seconds = now.getEpochSecond();
        var request =
                HttpRequest.newBuilder(hook.url())
                        .timeout(timeout)
                        .header("Content-Type", "application/json")
                        .header("User-Agent", "dlora")
                        .header("webhook-id", message.id())
                        .header("webhook-timestamp", String.valueOf(seconds))
                        .header(
                                "webhook-signature",
                                hook.signature().sign(message.id(), seconds, message.body()))
                        .POST(BodyPublishers.ofByteArray(message.body()))
                        .build();
        try {
            // A body may be endless, so it is not waited for.
            var answer = http.send(request, BodyHandlers.ofInputStream());
            answer.body().close();
            int status = answer.statusCode();
            return status >= OK && status < NO_LONGER_OK
                    ? new Result(Optional.empty(), Optional.empty())
                    : new Result(
                            Optional.of("status " + status),
                            answer.headers().firstValue("Retry-After"));
        } catch (IOException e) {
            // Its message may have the URL.
            return Result.failed(e.getClass().getSimpleName());
        }
    }
}
